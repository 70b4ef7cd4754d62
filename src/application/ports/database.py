"""The database: units of work that apply all of their changes or none."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

Repositories_co = TypeVar("Repositories_co", covariant=True)


class Database(Protocol[Repositories_co]):
    """Gives units of work: repositories that share one transaction.

    A use case names the repositories that it needs, as a `Protocol` of its feature, and is given a database that has at
    least those: a use case of several features names a protocol that inherits theirs. Entering, using and leaving a
    unit may raise `DatabaseUnavailable`, within 10 seconds.
    """

    def reading(self) -> AbstractAsyncContextManager[Repositories_co]:
        """Give a unit that must not change anything; it never blocks a writer."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Repositories_co]:
        """Give a unit whose changes are committed together on a clean exit; an exception rolls all of them back."""
        ...

    async def check(self, question: Callable[[Repositories_co], Awaitable[object]] | None = None) -> bool:
        """Ask the question, or a trivial one, within a second; return False while the database is still being opened.

        For readiness. Raises `DatabaseUnavailable`, also when the schema is of another version.
        """
        ...
