"""Exchanging a refresh token for the next pair of tokens."""

from dataclasses import replace

import pytest

from application.identity.issue_token_pair import REFRESH_SECONDS
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials
from domain.identity.session import GRACE_SECONDS, Session
from tests.unit.application.identity.harness import IdentityHarness
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.identity import FakeSessions


async def test_a_refresh_extends_the_session_by_thirty_days(identity: IdentityHarness) -> None:
    first = await identity.login()
    identity.clock.advance(100)
    second = await identity.refresh(first.refresh_token)
    (session,) = identity.database.rows.sessions.values()
    assert (session.generation, session.refreshed_at) == (1, NOON + 100)
    assert session.expires_at == NOON + 100 + REFRESH_SECONDS
    assert {second.access_token, second.refresh_token}.isdisjoint({first.access_token, first.refresh_token})


async def test_a_second_use_of_a_refresh_token_ends_the_session_and_is_recorded(
    identity: IdentityHarness,
) -> None:
    first = await identity.login()
    await identity.refresh(first.refresh_token)
    identity.clock.advance(GRACE_SECONDS)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(first.refresh_token)
    assert identity.database.rows.sessions == {}
    assert identity.audit_log[-1] == (AuditAction.REFRESH, AuditOutcome.REFUSED)


async def test_a_repeat_within_ten_seconds_gets_the_same_token_and_extends_nothing(identity: IdentityHarness) -> None:
    first = await identity.login()
    second = await identity.refresh(first.refresh_token)
    sessions = dict(identity.database.rows.sessions)
    for _ in range(3):
        identity.clock.advance(3)
        again = await identity.refresh(first.refresh_token)
        assert again.refresh_token == second.refresh_token
        assert (await identity.authenticate.by_token(again.access_token)).user == identity.ada
    assert identity.database.rows.sessions == sessions
    assert identity.audit_log[-1] == (AuditAction.LOGIN, AuditOutcome.DONE)
    identity.clock.advance(1)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(first.refresh_token)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(second.refresh_token)


async def test_a_token_older_than_the_newest_used_one_ends_the_session_at_once(identity: IdentityHarness) -> None:
    first = await identity.login()
    second = await identity.refresh(first.refresh_token)
    await identity.refresh(second.refresh_token)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(first.refresh_token)
    assert identity.database.rows.sessions == {}


async def test_a_session_refreshed_by_an_earlier_version_has_no_grace_period(identity: IdentityHarness) -> None:
    first = await identity.login()
    await identity.refresh(first.refresh_token)
    for session in list(identity.database.rows.sessions.values()):
        identity.database.rows.sessions[session.id] = replace(session, refreshed_at=None)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(first.refresh_token)


async def test_after_a_logout_or_on_a_disabled_account_there_is_no_grace_period(identity: IdentityHarness) -> None:
    first = await identity.login()
    await identity.refresh(first.refresh_token)
    identity.disable_ada()
    with pytest.raises(InvalidCredentials):
        await identity.refresh(first.refresh_token)
    identity.database.rows.sessions.clear()
    with pytest.raises(InvalidCredentials):
        await identity.refresh(first.refresh_token)


async def test_a_session_that_ends_during_a_refresh_is_not_recorded_as_a_second_use(
    identity: IdentityHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in = await identity.login()

    async def advance_when_signed_out(sessions: FakeSessions, to: Session) -> bool:
        await sessions.delete(to.user_id, to.id)
        return False

    monkeypatch.setattr(FakeSessions, "advance", advance_when_signed_out)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(signed_in.refresh_token)
    assert identity.audit_log[-1] == (AuditAction.LOGIN, AuditOutcome.DONE)


async def test_neither_an_expired_session_nor_that_of_a_disabled_user_is_refreshed(identity: IdentityHarness) -> None:
    signed_in = await identity.login()
    ada = identity.ada
    identity.database.rows.users[ada.id] = replace(ada, is_disabled=True)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(signed_in.refresh_token)
    identity.database.rows.users[ada.id] = ada
    for session in list(identity.database.rows.sessions.values()):
        identity.database.rows.sessions[session.id] = replace(session, expires_at=NOON)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(signed_in.refresh_token)
