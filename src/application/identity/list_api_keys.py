"""List a user's API keys."""

from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.identity.api_key import ApiKey
from domain.identity.user import User


class ListApiKeys:
    """Lists keys without their secrets, which are never stored."""

    def __init__(self, *, database: Database[IdentityRepositories]) -> None:
        self._database = database

    async def __call__(self, *, user: User) -> list[ApiKey]:
        """Return the user's keys, oldest first. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            return await unit.api_keys.list_by_user(user.id)
