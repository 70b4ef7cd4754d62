"""List all users, from the command line."""

from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.identity.user import User


class ListUsers:
    """The use case of `crossrate users list`."""

    def __init__(self, *, database: Database[IdentityRepositories]) -> None:
        self._database = database

    async def __call__(self) -> list[User]:
        """Return all users, oldest first. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            return await unit.users.list_all()
