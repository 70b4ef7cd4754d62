"""The keys of users' programs."""

from typing import Protocol
from uuid import UUID

from domain.identity.api_key import ApiKey
from domain.identity.user import User


class ApiKeys(Protocol):
    """The keys, inside one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, key: ApiKey) -> None:
        """Keep a new key. Raises `InvalidCredentials` when its user was removed meanwhile."""
        ...

    async def find(self, key_id: UUID) -> tuple[ApiKey, User] | None:
        """Return a key and whose it is. Whether its time is over is for the caller."""
        ...

    async def of(self, user_id: UUID) -> list[ApiKey]:
        """Return the keys of a user, the oldest first."""
        ...

    async def remove(self, user_id: UUID, key_id: UUID) -> bool:
        """Remove a key of this user; tell whether there was one."""
        ...
