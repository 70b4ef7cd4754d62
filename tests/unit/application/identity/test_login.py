"""Signing in: what is tried, what is counted, and what it leaves behind."""

import asyncio

import pytest

from application.identity.issue_token_pair import REFRESH_SECONDS
from application.identity.login import MAX_FAILURES, MAX_SESSIONS, WINDOW_SECONDS
from domain.errors import TooManyRequests
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials
from domain.identity.user import Password
from tests.unit.application.identity.harness import ELSEWHERE, HOME, RIGHT, WRONG, IdentityHarness
from tests.unit.fakes.clock import NOON


async def test_a_login_begins_a_session_and_is_in_the_audit_log(identity: IdentityHarness) -> None:
    signed_in = await identity.login()
    (session,) = identity.database.rows.sessions.values()
    assert (session.user_id, session.generation) == (identity.ada.id, 0)
    assert (session.created_at, session.expires_at) == (NOON, NOON + REFRESH_SECONDS)
    assert signed_in.expires_in == 900
    assert "eyJ" not in repr(signed_in)
    assert identity.audit_log[-1] == (AuditAction.LOGIN, AuditOutcome.DONE)


async def test_an_unknown_users_password_is_verified_like_a_known_ones(identity: IdentityHarness) -> None:
    await identity.fail_to_login(1)
    await identity.fail_to_login(1, "nobody", ELSEWHERE)
    assert identity.hasher.verified == [f"hash of {RIGHT.text}", None]
    assert identity.database.rows.audit_events[-1].user_id is None
    assert identity.audit_log[-1] == (AuditAction.LOGIN, AuditOutcome.REFUSED)


async def test_a_disabled_user_is_rejected_like_an_unknown_one(identity: IdentityHarness) -> None:
    identity.disable_ada()
    with pytest.raises(InvalidCredentials, match="the name or the password is wrong"):
        await identity.login()


@pytest.mark.parametrize(("name", "address"), [("ada", ELSEWHERE), ("grace", HOME)])
async def test_after_five_failures_no_password_is_tried_until_the_first_failure_is_old(
    identity: IdentityHarness, name: str, address: str
) -> None:
    await identity.fail_to_login(1)
    identity.clock.advance(60)
    await identity.fail_to_login(MAX_FAILURES - 1)
    looked_at = len(identity.hasher.verified)
    with pytest.raises(TooManyRequests) as refused:
        await identity.login(RIGHT, name, address)
    assert refused.value.retry_after_seconds == WINDOW_SECONDS - 60
    assert len(identity.hasher.verified) == looked_at
    identity.clock.advance(WINDOW_SECONDS - 60)
    await identity.fail_to_login(1, name, address)


async def test_a_success_between_failures_forgives_none(identity: IdentityHarness) -> None:
    await identity.fail_to_login(MAX_FAILURES - 1)
    await identity.login()
    await identity.fail_to_login(1)
    with pytest.raises(TooManyRequests):
        await identity.login()


async def test_old_failures_are_deleted(identity: IdentityHarness) -> None:
    await identity.fail_to_login(3)
    identity.clock.advance(WINDOW_SECONDS)
    await identity.fail_to_login(1)
    assert len(identity.database.rows.login_failures) == 1


async def test_of_many_simultaneous_guesses_five_are_tried(identity: IdentityHarness) -> None:
    guesses = [identity.login(WRONG, "Ada", f"192.0.2.{number}") for number in range(30)]
    ended = await asyncio.gather(*guesses, return_exceptions=True)
    kinds = [type(each) for each in ended]
    assert (kinds.count(InvalidCredentials), kinds.count(TooManyRequests)) == (MAX_FAILURES, 25)


async def test_a_failure_that_another_process_counted_meanwhile_is_counted_too(identity: IdentityHarness) -> None:
    await identity.fail_to_login(MAX_FAILURES - 1, "Ada", ELSEWHERE)
    verify = identity.hasher.verify

    async def verify_while_another_fails(password: Password, password_hash: str | None) -> bool:
        identity.database.rows.login_failures.append(("ada", "192.0.2.9", identity.clock.now()))
        return await verify(password, password_hash)

    identity.hasher.verify = verify_while_another_fails  # type: ignore[method-assign]  # another process' part
    with pytest.raises(TooManyRequests):
        await identity.login(WRONG)


async def test_a_user_who_is_disabled_while_the_password_is_verified_gets_no_session(identity: IdentityHarness) -> None:
    verify = identity.hasher.verify

    async def verify_while_disabled(password: Password, password_hash: str | None) -> bool:
        identity.disable_ada()
        return await verify(password, password_hash)

    identity.hasher.verify = verify_while_disabled  # type: ignore[method-assign]  # what happens meanwhile
    with pytest.raises(InvalidCredentials):
        await identity.login()
    assert identity.database.rows.sessions == {}


async def test_the_oldest_sessions_end_when_a_user_has_too_many(identity: IdentityHarness) -> None:
    for _ in range(MAX_SESSIONS + 5):
        identity.clock.advance(1)
        await identity.login()
    created = [session.created_at for session in identity.database.rows.sessions.values()]
    assert (len(created), min(created)) == (MAX_SESSIONS, NOON + 6)
