"""The port to the database: units of work, whose changes are all applied or none."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

Repositories_co = TypeVar("Repositories_co", covariant=True)
T = TypeVar("T")


class Database(Protocol[Repositories_co]):
    """Opens units of work: repositories that share one transaction.

    `Repositories_co` is a feature's `Protocol` with the repositories that its use cases need; a use case of several
    features needs a protocol that inherits theirs. Entering, using and leaving a unit may raise `DatabaseUnavailable`,
    within 10 seconds, or one of its subclasses: `DatabaseBusy`, `ConcurrentChange`, and `OutcomeUnknown` from leaving a
    unit that writes. A change that no repository foresaw to be impossible raises `ConstraintViolated` or
    `ValueOutOfRange`.
    """

    def reading(self) -> AbstractAsyncContextManager[Repositories_co]:
        """Open a unit that never blocks a writer, and in which every change fails."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Repositories_co]:
        """Open a unit that commits its changes on a clean exit and rolls them back on an exception.

        Use `write` where others may change the same rows.
        """
        ...

    async def write(self, work: Callable[[Repositories_co], Awaitable[T]]) -> T:
        """Run `work` in a unit that writes, and return its result once it is committed.

        After a deadlock or a serialization failure, `work` runs again in a new unit, a few times; so it must do nothing
        that a rollback would not undo.
        """
        ...

    async def check(self, question: Callable[[Repositories_co], Awaitable[object]] | None = None) -> bool:
        """Run `question`, by default a trivial query, within a second; return False while the database is being opened.

        For the readiness probe. Raises `DatabaseUnavailable`, also if the schema is of another version.
        """
        ...

    async def check_writing(self) -> None:
        """Commit a small change and undo it, within half a second.

        For the readiness probe, because reads succeed on a full disk or a read-only replica. Raises
        `DatabaseUnavailable` with the reason.
        """
        ...
