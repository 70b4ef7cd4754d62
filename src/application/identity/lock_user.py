"""Find a user and keep others from changing it."""

from application.identity.ports.repositories import IdentityRepositories
from domain.errors import NoSuchObject
from domain.identity.user import User, Username


async def lock_user(work: IdentityRepositories, username: Username) -> User:
    """Return the user, locked until this unit of work ends. Raises `NoSuchObject`."""
    user = await work.users.find_by_name(username, for_change=True)
    if user is None:
        raise NoSuchObject(f"there is no user {username}")
    return user
