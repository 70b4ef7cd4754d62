"""Listing a user's API keys."""

from application.identity.list_api_keys import ListApiKeys
from domain.identity.user import Username
from tests.unit.application.identity.harness import HOME, RIGHT, IdentityHarness
from tests.unit.fakes.accounts import api_key
from tests.unit.fakes.clock import NOON


async def test_a_users_keys_are_listed_oldest_first_and_nobody_elses(identity: IdentityHarness) -> None:
    grace = await identity.register(username=Username("Grace"), password=RIGHT, address=HOME)
    newer, older = api_key(identity.ada, created_at=NOON), api_key(identity.ada, created_at=NOON - 1)
    identity.database.rows.api_keys |= {key.id: key for key in (newer, older, api_key(grace))}
    listed = await ListApiKeys(database=identity.database)(user=identity.ada)
    assert listed == [older, newer]
