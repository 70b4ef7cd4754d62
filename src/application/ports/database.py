"""What lasts, and how it is changed: all of a unit of work, or nothing of it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from application.concurrency.ports.leases import Leases
from application.identity.ports.api_keys import ApiKeys
from application.identity.ports.audit_log import AuditLog
from application.identity.ports.login_failures import LoginFailures
from application.identity.ports.sessions import Sessions
from application.identity.ports.users import Users
from application.quotes.ports.call_counts import CallCounts
from application.quotes.ports.quote_repository import Quotes


class UnitOfWork(Protocol):
    """Everything that is kept, within one transaction."""

    @property
    def users(self) -> Users:
        """The users."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        ...

    @property
    def api_keys(self) -> ApiKeys:
        """The keys of users' programs."""
        ...

    @property
    def login_failures(self) -> LoginFailures:
        """The logins that failed lately."""
        ...

    @property
    def audit_log(self) -> AuditLog:
        """What happened to accounts and keys."""
        ...

    @property
    def quotes(self) -> Quotes:
        """The recorded quotes."""
        ...

    @property
    def leases(self) -> Leases:
        """Who does what only one shall do."""
        ...

    @property
    def call_counts(self) -> CallCounts:
        """How often sources were asked."""
        ...


# Reads something.
Question = Callable[[UnitOfWork], Awaitable[object]]


class Database(Protocol):
    """Gives units of work. Entering, using and leaving one may raise `DatabaseUnavailable`, within 10 seconds."""

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Give a unit in which nothing may be changed; it keeps no writer waiting."""
        ...

    def writing(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Give a unit whose changes are kept, all together, when it is left; none is when it is left by an error."""
        ...

    async def check(self, question: Question | None = None) -> bool:
        """Tell within a second whether it answers this question, or any; False while it is still being opened.

        Used by readiness. Raises `DatabaseUnavailable`, also where its schema is not the one that is needed.
        """
        ...
