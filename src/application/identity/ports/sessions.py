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

    async def list_by_user(self, user_id: UUID) -> list[Session]:
        """Return the sessions of a user, possibly expired, in any order."""
        ...

    async def advance(self, to: Session) -> bool:
        """Store a session's next generation if the one before it is the current one; return whether it was.

        Updates when it was refreshed and expires, and its address and user agent. Of any number of concurrent attempts,
        exactly one succeeds.
        """
        ...

    async def note_password(self, session_id: UUID, at: float) -> None:
        """Store that the password was given in this session at Unix time `at`."""
        ...

    async def delete(self, user_id: UUID, session_id: UUID) -> bool:
        """Delete a session of this user; return whether there was one."""
        ...

    async def delete_all_of(self, user_id: UUID, *, except_for: UUID | None = None) -> int:
        """Delete every session of a user, except for one; return how many."""
        ...

    async def prune(self, user_id: UUID, now: float, keep: int) -> None:
        """Delete a user's expired sessions, and all but the `keep` newest ones."""
        ...
