"""Deleting an API key."""

import pytest

from application.identity.delete_api_key import DeleteApiKey
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.user import Username
from tests.unit.application.identity.harness import HOME, RIGHT, IdentityHarness
from tests.unit.fakes.accounts import api_key


@pytest.fixture
def delete(identity: IdentityHarness) -> DeleteApiKey:
    return DeleteApiKey(database=identity.database, clock=identity.clock)


async def test_a_key_is_deleted_once_and_the_audit_log_names_it(
    identity: IdentityHarness, delete: DeleteApiKey
) -> None:
    key, other = api_key(identity.ada), api_key(identity.ada)
    identity.database.rows.api_keys |= {key.id: key, other.id: other}
    caller = await identity.caller()
    await delete(caller=caller, key_id=key.id, address=HOME)
    assert list(identity.database.rows.api_keys) == [other.id]
    event = identity.database.rows.audit_events[-1]
    assert (event.action, event.outcome, event.detail) == (AuditAction.DELETE_KEY, AuditOutcome.DONE, str(key.id))
    with pytest.raises(NoSuchObject):
        await delete(caller=caller, key_id=key.id, address=HOME)


async def test_another_users_key_is_as_if_it_did_not_exist(identity: IdentityHarness, delete: DeleteApiKey) -> None:
    grace = await identity.register(username=Username("Grace"), password=RIGHT, address=HOME)
    key = api_key(grace)
    identity.database.rows.api_keys[key.id] = key
    with pytest.raises(NoSuchObject):
        await delete(caller=await identity.caller(), key_id=key.id, address=HOME)
    assert list(identity.database.rows.api_keys) == [key.id]
    assert identity.audit_log[-1] == (AuditAction.LOGIN, AuditOutcome.DONE)
