"""Listing all users."""

from application.identity.list_users import ListUsers
from domain.identity.user import Username
from tests.unit.application.identity.harness import HOME, RIGHT, IdentityHarness


async def test_all_users_are_listed_oldest_first(identity: IdentityHarness) -> None:
    identity.clock.advance(-1)
    grace = await identity.register(username=Username("Grace"), password=RIGHT, address=HOME)
    assert await ListUsers(database=identity.database)() == [grace, identity.ada]
