"""Find a user by name, for an administrator."""

from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.errors import NoSuchObject
from domain.identity.user import User, Username


class FindUser:
    """Finds whose sessions or keys an administrator means."""

    def __init__(self, *, database: Database[IdentityRepositories]) -> None:
        self._database = database

    async def __call__(self, *, username: Username) -> User:
        """Return the user. Raises `NoSuchObject` or `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            user = await unit.users.find_by_name(username)
        if user is None:
            raise NoSuchObject(f"there is no user {username}")
        return user
