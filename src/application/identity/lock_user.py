"""Find a user and lock it against concurrent changes."""

from application.identity.ports.repositories import IdentityRepositories
from domain.errors import NoSuchObject
from domain.identity.user import User, Username


async def lock_user(unit: IdentityRepositories, username: Username) -> User:
    """Return the user, locked until this unit of work ends. Raises `NoSuchObject`."""
    user = await unit.users.find_by_name(username, for_change=True)
    if user is None:
        raise NoSuchObject(f"there is no user {username}")
    return user
