"""The port to the repository of sessions."""

from typing import Protocol
from uuid import UUID

from domain.identity.session import Session
from domain.identity.user import User


class Sessions(Protocol):
    """The sessions, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, session: Session) -> None:
        """Store a new session. Raises `InvalidCredentials` if its user has been deleted in the meantime."""
        ...

    async def find(self, session_id: UUID) -> tuple[Session, User] | None:
        """Return a session, possibly expired, and its user; None if there is no such session."""
        ...

    async def advance(self, session_id: UUID, generation: int, refreshed_at: float, expires_at: float) -> bool:
        """Advance to the next generation if `generation` is the current one; return whether it was.

        Of any number of concurrent attempts, exactly one succeeds.
        """
        ...

    async def delete(self, session_id: UUID) -> bool:
        """Delete a session; return whether there was one."""
        ...

    async def delete_all_of(self, user_id: UUID, *, except_for: UUID | None = None) -> None:
        """Delete every session of a user, except for one."""
        ...

    async def prune(self, user_id: UUID, now: float, keep: int) -> None:
        """Delete a user's expired sessions, and all but the `keep` newest ones."""
        ...
