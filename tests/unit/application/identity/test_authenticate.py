"""Whose token or API key it is, looked up in the database every time."""

from dataclasses import replace
from uuid import uuid4

import pytest

from application.identity.issue_token_pair import ACCESS_SECONDS, REFRESH_SECONDS
from domain.errors import DatabaseUnavailable
from domain.identity.api_key import ALL_SCOPES, ApiKey, Scope
from domain.identity.errors import InvalidCredentials
from domain.identity.key_secret import KeySecret
from tests.unit.application.identity.harness import IdentityHarness
from tests.unit.fakes.accounts import api_key
from tests.unit.fakes.clock import NOON


def key_of_ada(identity: IdentityHarness, expires_at: float | None = None) -> tuple[ApiKey, str]:
    secret = KeySecret.generate(uuid4())
    stored = api_key(identity.ada, scopes=[Scope.CONVERT], expires_at=expires_at, id_=secret.key_id)
    key = replace(stored, secret_digest=secret.digest())
    identity.database.rows.api_keys[key.id] = key
    return key, secret.format()


async def test_an_access_token_gives_its_user_and_session_and_every_scope(identity: IdentityHarness) -> None:
    tokens = await identity.login()
    caller = await identity.authenticate.by_token(tokens.access_token)
    (session,) = identity.database.rows.sessions.values()
    assert (caller.user, caller.scopes, caller.session_id, caller.key_id) == (
        identity.ada,
        ALL_SCOPES,
        session.id,
        None,
    )


async def test_an_access_token_is_valid_for_fifteen_minutes(identity: IdentityHarness) -> None:
    tokens = await identity.login()
    identity.clock.advance(ACCESS_SECONDS - 1)
    await identity.authenticate.by_token(tokens.access_token)
    identity.clock.advance(1)
    with pytest.raises(InvalidCredentials):
        await identity.authenticate.by_token(tokens.access_token)


async def test_a_refresh_token_is_not_accepted_as_an_access_token(identity: IdentityHarness) -> None:
    tokens = await identity.login()
    with pytest.raises(InvalidCredentials):
        await identity.authenticate.by_token(tokens.refresh_token)


@pytest.mark.parametrize("change", ["session deleted", "session expired", "user disabled"])
async def test_an_access_token_is_rejected_as_soon_as_the_database_says_so(
    identity: IdentityHarness, change: str
) -> None:
    tokens = await identity.login()
    sessions = identity.database.rows.sessions
    (session,) = sessions.values()
    if change == "session deleted":
        del sessions[session.id]
    elif change == "session expired":
        sessions[session.id] = replace(session, expires_at=NOON)
    else:
        identity.disable_ada()
    with pytest.raises(InvalidCredentials, match="no longer valid"):
        await identity.authenticate.by_token(tokens.access_token)


async def test_a_key_gives_its_user_and_its_own_scopes(identity: IdentityHarness) -> None:
    key, written = key_of_ada(identity)
    caller = await identity.authenticate.by_key(written)
    assert (caller.user, caller.scopes, caller.session_id, caller.key_id) == (identity.ada, key.scopes, None, key.id)


async def test_a_key_is_valid_until_it_expires(identity: IdentityHarness) -> None:
    _, written = key_of_ada(identity, expires_at=NOON + REFRESH_SECONDS)
    identity.clock.advance(REFRESH_SECONDS - 1)
    await identity.authenticate.by_key(written)
    identity.clock.advance(1)
    with pytest.raises(InvalidCredentials):
        await identity.authenticate.by_key(written)


@pytest.mark.parametrize("change", ["key deleted", "user disabled", "another secret"])
async def test_a_key_is_rejected_with_one_message_whatever_is_wrong(identity: IdentityHarness, change: str) -> None:
    key, written = key_of_ada(identity)
    if change == "key deleted":
        del identity.database.rows.api_keys[key.id]
    elif change == "user disabled":
        identity.disable_ada()
    else:
        written = KeySecret.generate(key.id).format()
    with pytest.raises(InvalidCredentials, match=r"^the API key is not valid$"):
        await identity.authenticate.by_key(written)


async def test_a_malformed_key_is_rejected_without_asking_the_database(identity: IdentityHarness) -> None:
    identity.database.is_down = True
    with pytest.raises(InvalidCredentials, match=r"^the API key is malformed$"):
        await identity.authenticate.by_key("crk_nonsense")


async def test_without_the_database_nobody_is_authenticated(identity: IdentityHarness) -> None:
    tokens, (_, written) = await identity.login(), key_of_ada(identity)
    identity.database.is_down = True
    with pytest.raises(DatabaseUnavailable):
        await identity.authenticate.by_token(tokens.access_token)
    with pytest.raises(DatabaseUnavailable):
        await identity.authenticate.by_key(written)


async def test_a_token_that_names_another_user_than_its_session_does_is_rejected(identity: IdentityHarness) -> None:
    await identity.login()
    (session,) = identity.database.rows.sessions.values()
    of_another = replace(session, user_id=uuid4())
    with pytest.raises(InvalidCredentials):
        await identity.authenticate.by_token(identity.tokens.write_access(of_another, NOON + 60))
    with pytest.raises(InvalidCredentials):
        await identity.refresh(identity.tokens.write_refresh(of_another))
    assert list(identity.database.rows.sessions.values()) == [session]
