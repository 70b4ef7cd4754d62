"""The port to the repository of API keys."""

from typing import Protocol
from uuid import UUID

from domain.identity.api_key import ApiKey
from domain.identity.user import User


class ApiKeys(Protocol):
    """The API keys, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, key: ApiKey) -> None:
        """Store a new key. Raises `InvalidCredentials` if its user has been deleted in the meantime."""
        ...

    async def find(self, key_id: UUID) -> tuple[ApiKey, User] | None:
        """Return a key, possibly expired, and its owner; None if there is no such key."""
        ...

    async def list_by_user(self, user_id: UUID) -> list[ApiKey]:
        """Return the keys of a user, oldest first."""
        ...

    async def delete(self, user_id: UUID, key_id: UUID) -> bool:
        """Delete a key of this user; return whether there was one."""
        ...

    async def delete_all_of(self, user_id: UUID) -> int:
        """Delete every key of a user; return how many there were."""
        ...
