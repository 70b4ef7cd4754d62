"""Users, kept for good."""

from typing import Protocol
from uuid import UUID

from domain.identity.user import User


class Users(Protocol):
    """The users, inside one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, user: User) -> None:
        """Keep a new user. Raises `UsernameTaken` when another bears the name, in whatever case."""
        ...

    async def save(self, user: User) -> None:
        """Replace the role, the password's hash and whether it is disabled; nothing happens when it is not there."""
        ...

    async def remove(self, user_id: UUID) -> None:
        """Remove the user and all that is theirs; nothing happens when it is not there."""
        ...

    async def named(self, name: str, *, for_change: bool = False) -> User | None:
        """Return the user of this name, in whatever case.

        `for_change`, in a unit that writes, has others who ask so wait until this unit has ended. Whatever is decided
        by what the user is, or has, must be asked so: else another changes it between the question and the change.
        """
        ...

    async def listed(self) -> list[User]:
        """Return every user, the oldest first."""
        ...
