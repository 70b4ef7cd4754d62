"""Signing in: what is tried, what is counted, and what it leaves behind."""

import asyncio

import pytest
from structlog.testing import capture_logs

from application.identity.guessing import KNOWN_SECONDS
from application.identity.issue_token_pair import REFRESH_SECONDS
from application.identity.login import MAX_SESSIONS
from domain.errors import TooManyRequests
from domain.identity.attempt import Attempt
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials
from domain.identity.lockout import DAY, LockScope
from domain.identity.user import Password
from tests.unit.application.identity.harness import (
    ELSEWHERE,
    HOME,
    MAX_ACCOUNT_FAILURES,
    MAX_ADDRESS_FAILURES,
    MAX_FAILURES,
    MINUTES_15,
    RIGHT,
    WRONG,
    IdentityHarness,
    most,
)
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


async def test_after_five_failures_from_an_address_no_password_is_tried_there_until_the_first_failure_is_old(
    identity: IdentityHarness,
) -> None:
    await identity.fail_to_login(1)
    identity.clock.advance(60)
    await identity.fail_to_login(MAX_FAILURES - 1)
    looked_at = len(identity.hasher.verified)
    with pytest.raises(TooManyRequests) as refused:
        await identity.login(RIGHT, "ada")
    assert refused.value.retry_after_seconds == MINUTES_15 - 60
    assert len(identity.hasher.verified) == looked_at
    identity.clock.advance(MINUTES_15 - 60)
    await identity.fail_to_login(1)


async def test_failures_elsewhere_and_of_other_accounts_lock_nobody_here(identity: IdentityHarness) -> None:
    await identity.fail_to_login(MAX_FAILURES, "ada", ELSEWHERE)
    await identity.fail_to_login(MAX_FAILURES, "grace", HOME)
    await identity.login()


async def test_failures_from_an_address_lock_it_for_users_who_have_not_signed_in_from_there(
    identity: IdentityHarness,
) -> None:
    await identity.login(RIGHT, "ada", HOME)
    await guess_at_many(identity, HOME)
    with pytest.raises(TooManyRequests):
        await identity.login(WRONG, "grace", HOME)
    await identity.login(RIGHT, "ada", HOME)


async def test_guesses_from_many_addresses_lock_an_account_except_where_its_user_has_signed_in(
    identity: IdentityHarness,
) -> None:
    await identity.login(RIGHT, "ada", HOME)
    await guess_from_many(identity)
    with pytest.raises(TooManyRequests):
        await identity.login(RIGHT, "ada", ELSEWHERE)
    await identity.login(RIGHT, "ada", HOME)
    identity.clock.advance(MINUTES_15)
    await identity.login(RIGHT, "ada", ELSEWHERE)
    await guess_from_many(identity)
    await identity.login(RIGHT, "ada", ELSEWHERE)


async def test_an_address_is_known_for_thirty_days(identity: IdentityHarness) -> None:
    await identity.login(RIGHT, "ada", HOME)
    identity.clock.advance(KNOWN_SECONDS)
    await guess_from_many(identity)
    with pytest.raises(TooManyRequests):
        await identity.login(RIGHT, "ada", HOME)


async def test_guesses_from_a_known_address_are_limited_too(identity: IdentityHarness) -> None:
    await identity.login(RIGHT, "ada", HOME)
    await identity.fail_to_login(MAX_FAILURES, "ada", HOME)
    with pytest.raises(TooManyRequests):
        await identity.login(RIGHT, "ada", HOME)


async def test_a_login_from_a_known_address_does_not_wait_for_guesses_from_elsewhere(identity: IdentityHarness) -> None:
    await identity.login(RIGHT, "ada", HOME)
    verify, held = identity.hasher.verify, asyncio.Event()

    async def verify_slowly_what_is_wrong(password: Password, password_hash: str | None) -> bool:
        if password == WRONG:
            await held.wait()
        return await verify(password, password_hash)

    identity.hasher.verify = verify_slowly_what_is_wrong  # type: ignore[method-assign]  # a guess that takes its time
    guess = asyncio.create_task(identity.login(WRONG, "ada", ELSEWHERE))
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await identity.login(RIGHT, "ada", HOME)
    held.set()
    with pytest.raises(InvalidCredentials):
        await guess


async def test_the_longer_an_address_guesses_the_longer_it_waits(identity: IdentityHarness) -> None:
    await identity.login(RIGHT, "ada", HOME)
    waits = []
    for _ in range(4):
        await identity.fail_to_login(MAX_FAILURES, "ada", ELSEWHERE)
        with pytest.raises(TooManyRequests) as refused:
            await identity.login(WRONG, "ada", ELSEWHERE)
        waits.append(refused.value.retry_after_seconds / 60)
        identity.clock.advance(refused.value.retry_after_seconds)
    assert waits == [15, 105, 15, 24 * 60 - 135]
    await identity.login(RIGHT, "ada", HOME)


async def test_guesses_from_many_networks_of_one_provider_lock_the_wider_one_and_no_other(
    identity: IdentityHarness,
) -> None:
    await identity.login(RIGHT, "ada", "2001:db8:0:1::/64")
    for number in range(most(LockScope.NETWORK)):
        await identity.fail_to_login(1, f"somebody-{number}", f"2001:db8:0:{number:x}::/64")
    with pytest.raises(TooManyRequests):
        await identity.login(RIGHT, "ada", "2001:db8:0:ffff::/64")
    await identity.login(RIGHT, "ada", "2001:db8:0:1::/64")
    await identity.login(RIGHT, "ada", "2001:db8:1::/64")


async def test_simultaneous_guesses_from_one_network_do_not_exceed_its_bound(identity: IdentityHarness) -> None:
    guesses = [identity.login(WRONG, f"somebody-{each}", f"2001:db8:0:{each:x}::/64") for each in range(90)]
    kinds = [type(each) for each in await asyncio.gather(*guesses, return_exceptions=True)]
    assert (kinds.count(InvalidCredentials), kinds.count(TooManyRequests)) == (most(LockScope.NETWORK), 30)


async def test_each_lockout_is_counted_and_logged_once(identity: IdentityHarness) -> None:
    with capture_logs() as logs:
        await identity.fail_to_login(MAX_FAILURES, "Ada", HOME)
        with pytest.raises(TooManyRequests):
            await identity.login(WRONG, "Ada", HOME)
    assert logs == [
        {
            "event": "lockout_began",
            "log_level": "warning",
            "scope": LockScope.ACCOUNT_AT_ADDRESS,
            "account": "ada",
            "address": HOME,
            "seconds": 900,
        }
    ]
    with capture_logs() as logs:
        await guess_at_many(identity, ELSEWHERE)
        await guess_from_many(identity, MAX_ACCOUNT_FAILURES - MAX_FAILURES)
    assert [(entry["scope"], entry.get("account")) for entry in logs] == [("address", None), ("account", "ada")]
    assert identity.meter.lockouts == dict.fromkeys(("account_at_address", "address", "account"), 1)


async def test_a_success_forgives_what_is_older_than_fifteen_minutes(identity: IdentityHarness) -> None:
    for _ in range(8):
        await identity.fail_to_login(MAX_FAILURES - 1)
        identity.clock.advance(MINUTES_15)
        await identity.login()
    assert identity.database.rows.login_failures == []


async def test_a_success_between_failures_forgives_none_of_the_last_minutes(identity: IdentityHarness) -> None:
    await identity.fail_to_login(MAX_FAILURES - 1)
    await identity.login()
    await identity.fail_to_login(1)
    with pytest.raises(TooManyRequests):
        await identity.login()


async def test_old_failures_are_deleted(identity: IdentityHarness) -> None:
    await identity.fail_to_login(3)
    identity.clock.advance(DAY)
    await identity.fail_to_login(1)
    assert len(identity.database.rows.login_failures) == 1


@pytest.mark.parametrize("is_known", [False, True])
async def test_of_many_simultaneous_guesses_from_an_address_five_are_tried(
    identity: IdentityHarness, is_known: bool
) -> None:
    if is_known:
        await identity.login(RIGHT, "Ada", HOME)
    kinds = await outcomes(identity, [HOME] * 30)
    assert (kinds.count(InvalidCredentials), kinds.count(TooManyRequests)) == (MAX_FAILURES, 25)


async def test_of_many_simultaneous_guesses_from_everywhere_fifty_are_tried(identity: IdentityHarness) -> None:
    kinds = await outcomes(identity, [f"192.0.2.{number}" for number in range(80)])
    assert (kinds.count(InvalidCredentials), kinds.count(TooManyRequests)) == (MAX_ACCOUNT_FAILURES, 30)


async def outcomes(identity: IdentityHarness, addresses: list[str]) -> list[type]:
    guesses = [identity.login(WRONG, "Ada", address) for address in addresses]
    return [type(each) for each in await asyncio.gather(*guesses, return_exceptions=True)]


async def guess_at_many(identity: IdentityHarness, address: str) -> None:
    for number in range(MAX_ADDRESS_FAILURES):
        await identity.fail_to_login(1, f"somebody-{number}", address)


async def guess_from_many(identity: IdentityHarness, times: int = MAX_ACCOUNT_FAILURES) -> None:
    for number in range(times):
        await identity.fail_to_login(1, "ada", f"203.0.113.{number}")


async def test_a_failure_that_another_process_counted_meanwhile_is_counted_too(identity: IdentityHarness) -> None:
    await identity.fail_to_login(MAX_FAILURES - 1)
    verify = identity.hasher.verify

    async def verify_while_another_fails(password: Password, password_hash: str | None) -> bool:
        identity.database.rows.login_failures.append(Attempt("ada", HOME, identity.clock.now()))
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
