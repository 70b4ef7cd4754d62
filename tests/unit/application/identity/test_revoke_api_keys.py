"""Deleting API keys, one or all."""

from dataclasses import replace

import pytest

from application.identity.revoke_api_keys import RevokeApiKeys
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import PasswordNeeded
from domain.identity.revoked import Revoked
from domain.identity.session import RECENT_PASSWORD_SECONDS
from domain.identity.user import User, Username
from tests.unit.application.identity.harness import HOME, RIGHT, IdentityHarness
from tests.unit.fakes.accounts import api_key


@pytest.fixture
def revoke(identity: IdentityHarness) -> RevokeApiKeys:
    return RevokeApiKeys(database=identity.database, clock=identity.clock)


@pytest.fixture
async def grace(identity: IdentityHarness) -> User:
    return await identity.register(username=Username("Grace"), password=RIGHT, address=HOME)


async def test_a_key_is_deleted_once_and_the_audit_log_names_it(
    identity: IdentityHarness, revoke: RevokeApiKeys
) -> None:
    key, other = api_key(identity.ada), api_key(identity.ada)
    identity.database.rows.api_keys |= {key.id: key, other.id: other}
    await revoke.one(user=identity.ada, key_id=key.id, address=HOME)
    assert list(identity.database.rows.api_keys) == [other.id]
    event = identity.database.rows.audit_events[-1]
    assert (event.action, event.outcome, event.detail) == (AuditAction.DELETE_KEY, AuditOutcome.DONE, str(key.id))
    with pytest.raises(NoSuchObject):
        await revoke.one(user=identity.ada, key_id=key.id, address=HOME)


async def test_another_users_key_is_as_if_it_did_not_exist(
    identity: IdentityHarness, revoke: RevokeApiKeys, grace: User
) -> None:
    key = api_key(grace)
    identity.database.rows.api_keys[key.id] = key
    with pytest.raises(NoSuchObject):
        await revoke.one(user=identity.ada, key_id=key.id, address=HOME)
    assert list(identity.database.rows.api_keys) == [key.id]
    assert identity.audit_log[-1] == (AuditAction.REGISTER, AuditOutcome.DONE)


async def test_all_keys_of_one_user_are_deleted_and_counted(
    identity: IdentityHarness, revoke: RevokeApiKeys, grace: User
) -> None:
    hers, mine = api_key(grace), [api_key(identity.ada) for _ in range(3)]
    identity.database.rows.api_keys |= {key.id: key for key in (hers, *mine)}
    assert await revoke.every(user=identity.ada, address=HOME) == Revoked(api_keys=3)
    assert list(identity.database.rows.api_keys) == [hers.id]
    event = identity.database.rows.audit_events[-1]
    assert (event.action, event.who) == (AuditAction.DELETE_KEYS, "Ada")
    assert event.detail == "sessions ended: 0, API keys deleted: 3"


async def test_an_administrator_needs_a_recent_password_and_is_named_in_the_audit_log(
    identity: IdentityHarness, revoke: RevokeApiKeys, grace: User
) -> None:
    admin, key = await identity.caller(), api_key(grace)
    identity.database.rows.api_keys[key.id] = key
    late = replace(admin, password_at=identity.clock.now() - RECENT_PASSWORD_SECONDS)
    with pytest.raises(PasswordNeeded):
        await revoke.every(user=grace, address=HOME, admin=late)
    with pytest.raises(PasswordNeeded):
        await revoke.one(user=grace, key_id=key.id, address=HOME, admin=late)
    assert list(identity.database.rows.api_keys) == [key.id]
    await revoke.one(user=grace, key_id=key.id, address=HOME, admin=admin)
    event = identity.database.rows.audit_events[-1]
    assert (event.who, event.detail) == ("Grace", f"{key.id}, by Ada")
    await revoke.every(user=grace, address=HOME, admin=admin)
    assert identity.database.rows.audit_events[-1].detail.endswith(", by Ada")
