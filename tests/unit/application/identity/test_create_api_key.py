"""Creating an API key."""

import pytest

from application.identity.create_api_key import CreateApiKey
from domain.identity.api_key import MAX_KEYS, ApiKey, KeyName, Scope
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials, InvalidExpiry, TooManyKeys
from domain.identity.key_secret import KeySecret
from domain.moments import LATEST_MOMENT
from tests.unit.application.identity.harness import HOME, IdentityHarness
from tests.unit.fakes.accounts import api_key
from tests.unit.fakes.clock import NOON


async def create(identity: IdentityHarness, expires_at: float | None = None) -> tuple[ApiKey, KeySecret]:
    return await CreateApiKey(database=identity.database, clock=identity.clock)(
        caller=await identity.caller(),
        name=KeyName("my key"),
        scopes=frozenset({Scope.CONVERT}),
        expires_at=expires_at,
        address=HOME,
    )


async def test_the_key_is_stored_without_its_secret_and_its_owner_can_use_it(identity: IdentityHarness) -> None:
    key, secret = await create(identity)
    assert identity.database.rows.api_keys == {key.id: key}
    assert (key.user_id, str(key.name), key.scopes) == (identity.ada.id, "my key", frozenset({Scope.CONVERT}))
    assert (key.created_at, key.expires_at) == (NOON, None)
    assert key.secret_digest == secret.digest()
    assert secret.text.encode() not in key.secret_digest
    assert (await identity.authenticate.by_key(secret.format())).key_id == key.id


async def test_the_audit_log_names_the_key(identity: IdentityHarness) -> None:
    key, _ = await create(identity)
    event = identity.database.rows.audit_events[-1]
    assert (event.action, event.outcome, event.detail) == (AuditAction.CREATE_KEY, AuditOutcome.DONE, str(key.id))


@pytest.mark.parametrize("expires_at", [NOON + 0.001, LATEST_MOMENT])
async def test_a_key_may_expire_at_any_moment_to_come_that_can_be_written(
    identity: IdentityHarness, expires_at: float
) -> None:
    key, _ = await create(identity, expires_at)
    assert key.expires_at == expires_at


@pytest.mark.parametrize("expires_at", [NOON, NOON - 1, LATEST_MOMENT + 1, float("inf"), float("nan")])
async def test_no_key_is_created_that_expires_at_another(identity: IdentityHarness, expires_at: float) -> None:
    with pytest.raises(InvalidExpiry):
        await create(identity, expires_at)
    assert identity.database.rows.api_keys == {}


async def test_a_user_has_a_limited_number_of_keys(identity: IdentityHarness) -> None:
    keys = [api_key(identity.ada) for _ in range(MAX_KEYS - 1)]
    identity.database.rows.api_keys |= {key.id: key for key in keys}
    await create(identity)
    with pytest.raises(TooManyKeys):
        await create(identity)
    assert len(identity.database.rows.api_keys) == MAX_KEYS


async def test_a_user_who_is_deleted_meanwhile_gets_no_key(identity: IdentityHarness) -> None:
    caller = await identity.caller()
    identity.database.rows.users.clear()
    with pytest.raises(InvalidCredentials):
        await CreateApiKey(database=identity.database, clock=identity.clock)(
            caller=caller, name=KeyName("k"), scopes=frozenset(Scope), expires_at=None, address=HOME
        )
    assert identity.audit_log[-1] == (AuditAction.LOGIN, AuditOutcome.DONE)


async def test_a_session_that_is_revoked_meanwhile_leaves_no_key_behind(identity: IdentityHarness) -> None:
    caller = await identity.caller()
    identity.database.rows.sessions.clear()
    with pytest.raises(InvalidCredentials):
        await CreateApiKey(database=identity.database, clock=identity.clock)(
            caller=caller, name=KeyName("k"), scopes=frozenset(Scope), expires_at=None, address=HOME
        )
    assert identity.database.rows.api_keys == {}
