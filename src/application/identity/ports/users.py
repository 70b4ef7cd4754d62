"""The port to the repository of users."""

from typing import NamedTuple, Protocol
from uuid import UUID

from domain.currency import Currency
from domain.identity.user import User


class UserPosition(NamedTuple):
    """A user's position in the order of all users: by time, then by id."""

    created_at: float
    id: UUID

    @classmethod
    def of(cls, user: User) -> "UserPosition":
        """Return the position of a user."""
        return cls(user.created_at, user.id)


class Users(Protocol):
    """The users, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, user: User) -> None:
        """Store a new user. Raises `UsernameTaken` if another user has the name, compared without case."""
        ...

    async def save(self, user: User) -> None:
        """Update the role, the password hash and `is_disabled`; do nothing if there is no such user."""
        ...

    async def set_default_to(self, user_id: UUID, code: Currency | None) -> None:
        """Store the currency in which the user's wallets are valued; do nothing if there is no such user."""
        ...

    async def delete(self, user_id: UUID) -> None:
        """Delete the user with their sessions and keys; do nothing if there is no such user."""
        ...

    async def find_by_name(self, name: str, *, for_change: bool = False) -> User | None:
        """Return the user of this name, compared without case; None if there is none.

        `for_change`, in a writing unit, locks the user against other such calls until the unit ends. Use it wherever a
        change depends on the user's state, which could otherwise change between read and write.
        """
        ...

    async def list_all(self) -> list[User]:
        """Return every user, oldest first."""
        ...

    async def list_page(self, after: UserPosition | None, limit: int) -> list[User]:
        """Return up to `limit` users newer than `after`, oldest first."""
        ...
