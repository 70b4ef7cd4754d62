"""Listing and ending sessions."""

from dataclasses import replace

import pytest

from application.identity.issue_token_pair import REFRESH_SECONDS
from application.identity.list_sessions import ListSessions
from application.identity.revoke_sessions import RevokeSessions
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction
from domain.identity.errors import InvalidCredentials, PasswordNeeded
from domain.identity.revoked import Revoked
from domain.identity.session import Session
from domain.identity.user import User, Username
from tests.unit.application.identity.harness import ELSEWHERE, HOME, RIGHT, IdentityHarness
from tests.unit.fakes.clock import NOON


@pytest.fixture
def revoke(identity: IdentityHarness) -> RevokeSessions:
    return RevokeSessions(database=identity.database, clock=identity.clock)


@pytest.fixture
async def grace(identity: IdentityHarness) -> User:
    return await identity.register(username=Username("Grace"), password=RIGHT, address=HOME)


async def listed(identity: IdentityHarness, user: User) -> list[Session]:
    return await ListSessions(database=identity.database, clock=identity.clock)(user=user)


async def test_open_sessions_are_listed_with_their_last_use_the_latest_first(
    identity: IdentityHarness, grace: User
) -> None:
    await identity.login(RIGHT, "Grace")
    first = await identity.login(RIGHT, "Ada", HOME)
    identity.clock.advance(60)
    await identity.login(RIGHT, "Ada", ELSEWHERE)
    identity.clock.advance(60)
    await identity.refresh(first.refresh_token)
    found = await listed(identity, identity.ada)
    assert [(each.created_at, each.last_used_at, each.address) for each in found] == [
        (NOON, NOON + 120, HOME),
        (NOON + 60, NOON + 60, ELSEWHERE),
    ]
    identity.clock.advance(REFRESH_SECONDS - 60)
    assert [each.created_at for each in await listed(identity, identity.ada)] == [NOON]
    assert await listed(identity, grace) == []


async def test_an_ended_session_is_rejected_at_once_and_recorded(
    identity: IdentityHarness, revoke: RevokeSessions
) -> None:
    tokens = await identity.login()
    caller = await identity.authenticate.by_token(tokens.access_token)
    await revoke.one(user=identity.ada, session_id=caller.own_session(), address=HOME)
    with pytest.raises(InvalidCredentials):
        await identity.authenticate.by_token(tokens.access_token)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(tokens.refresh_token)
    event = identity.database.rows.audit_events[-1]
    assert (event.action, event.detail) == (AuditAction.END_SESSION, str(caller.session_id))
    with pytest.raises(NoSuchObject):
        await revoke.one(user=identity.ada, session_id=caller.own_session(), address=HOME)


async def test_another_users_session_is_as_if_it_did_not_exist(
    identity: IdentityHarness, revoke: RevokeSessions, grace: User
) -> None:
    caller = await identity.caller()
    with pytest.raises(NoSuchObject):
        await revoke.one(user=grace, session_id=caller.own_session(), address=HOME)
    assert list(identity.database.rows.sessions) == [caller.session_id]


async def test_all_sessions_of_one_user_but_one_are_ended_and_counted(
    identity: IdentityHarness, revoke: RevokeSessions, grace: User
) -> None:
    await identity.login(RIGHT, "Grace")
    await identity.login()
    caller = await identity.caller()
    revoked = await revoke.every(user=identity.ada, except_for=caller.session_id, address=HOME)
    assert revoked == Revoked(sessions=1)
    assert [each.id for each in await listed(identity, identity.ada)] == [caller.session_id]
    assert len(await listed(identity, grace)) == 1
    event = identity.database.rows.audit_events[-1]
    assert (event.action, event.detail) == (AuditAction.END_SESSIONS, "sessions ended: 1, API keys deleted: 0")


async def test_an_administrator_needs_a_recent_password_and_is_named_in_the_audit_log(
    identity: IdentityHarness, revoke: RevokeSessions, grace: User
) -> None:
    admin = await identity.caller()
    await identity.login(RIGHT, "Grace")
    (of_grace,) = await listed(identity, grace)
    never = replace(admin, password_at=None)
    with pytest.raises(PasswordNeeded):
        await revoke.every(user=grace, address=HOME, admin=never)
    with pytest.raises(PasswordNeeded):
        await revoke.one(user=grace, session_id=of_grace.id, address=HOME, admin=never)
    assert await listed(identity, grace) == [of_grace]
    assert await revoke.every(user=grace, address=HOME, admin=admin) == Revoked(sessions=1)
    event = identity.database.rows.audit_events[-1]
    assert (event.who, event.detail) == ("Grace", "sessions ended: 1, API keys deleted: 0, by Ada")
