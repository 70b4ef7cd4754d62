"""Administrators, whom only the command line creates."""

from dataclasses import replace

from adapters.argon2.password_hasher import Argon2PasswordHasher
from adapters.sql.database import SqlDatabase
from adapters.system_clock import SystemClock
from application.identity.register import Register
from domain.identity.user import Password, Role, Username


async def create_admin(database_url: str, name: str, password: str) -> None:
    """Create a user with the role of an administrator, and the database if need be."""
    database = SqlDatabase(database_url, upgrades_itself=True)
    register = Register(database=database, hasher=Argon2PasswordHasher(), clock=SystemClock())
    await register(username=Username(name), password=Password(password), address="command line", role=Role.ADMIN)
    await database.close()


async def make_admin(database_url: str, name: str) -> None:
    """Give a user that role."""
    database = SqlDatabase(database_url, upgrades_itself=False)
    async with database.writing() as unit:
        user = await unit.users.find_by_name(name)
        assert user is not None
        await unit.users.save(replace(user, role=Role.ADMIN))
    await database.close()
