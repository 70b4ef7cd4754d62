"""Who is signed in."""

from typing import Protocol
from uuid import UUID

from domain.identity.session import Session
from domain.identity.user import User


class Sessions(Protocol):
    """The sessions, inside one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, session: Session) -> None:
        """Keep a new session. Raises `InvalidCredentials` when its user was removed meanwhile."""
        ...

    async def find(self, session_id: UUID) -> tuple[Session, User] | None:
        """Return a session that was not removed, and whose it is. Whether its time is over is for the caller."""
        ...

    async def advance(self, session_id: UUID, generation: int, expires_at: float) -> bool:
        """Go on to the next generation if `generation` is the present one; tell whether it was.

        Of any number who try at once, one succeeds.
        """
        ...

    async def remove(self, session_id: UUID) -> bool:
        """End a session; tell whether it was there."""
        ...

    async def remove_all_of(self, user_id: UUID) -> None:
        """End every session of a user."""
        ...

    async def prune(self, user_id: UUID, now: float, keep: int) -> None:
        """Remove those of a user whose time is over, and all but the `keep` that were begun last."""
        ...
