"""Changing one's own password: what it needs, what it ends, and how often it may be tried."""

import asyncio

import pytest

from application.identity.change_password import ChangePassword
from domain.errors import TooManyRequests
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials, NotAllowed, PasswordNeeded, UnsuitablePassword, WrongPassword
from domain.identity.revoked import Revoked
from domain.identity.user import Password
from tests.unit.application.identity.harness import (
    ELSEWHERE,
    HOME,
    MAX_ACCOUNT_FAILURES,
    MAX_FAILURES,
    MINUTES_15,
    RIGHT,
    WRONG,
    IdentityHarness,
)
from tests.unit.fakes.accounts import api_key

NEW = Password("another password")


@pytest.fixture
def change(identity: IdentityHarness) -> ChangePassword:
    return ChangePassword(
        database=identity.database, hasher=identity.hasher, verify=identity.verify, clock=identity.clock
    )


async def fail(change: ChangePassword, caller: Caller, times: int) -> None:
    for _ in range(times):
        with pytest.raises(WrongPassword):
            await change(caller=caller, old=WRONG, new=NEW, address=HOME)


async def test_the_new_password_signs_in_and_only_the_session_that_changed_it_goes_on(
    identity: IdentityHarness, change: ChangePassword
) -> None:
    key = api_key(identity.ada)
    identity.database.rows.api_keys[key.id] = key
    await identity.login()
    caller = await identity.caller()
    assert await change(caller=caller, old=RIGHT, new=NEW, address=HOME) == Revoked(sessions=1, api_keys=1)
    assert list(identity.database.rows.sessions) == [caller.session_id]
    assert identity.database.rows.api_keys == {}
    assert identity.database.rows.audit_events[-1].detail == "sessions ended: 1, API keys deleted: 1"
    assert identity.audit_log[-1] == (AuditAction.CHANGE_PASSWORD, AuditOutcome.DONE)
    with pytest.raises(InvalidCredentials):
        await identity.login(RIGHT)
    await identity.login(NEW)


async def test_keys_are_kept_on_request(identity: IdentityHarness, change: ChangePassword) -> None:
    key = api_key(identity.ada)
    identity.database.rows.api_keys[key.id] = key
    caller = await identity.caller()
    assert await change(caller=caller, old=RIGHT, new=NEW, keeps_api_keys=True, address=HOME) == Revoked()
    assert list(identity.database.rows.api_keys) == [key.id]


async def test_a_change_confirms_no_password_since_the_session_may_have_been_copied(
    identity: IdentityHarness, change: ChangePassword
) -> None:
    tokens = await identity.login()
    identity.clock.advance(10 * 60)
    await change(caller=await identity.authenticate.by_token(tokens.access_token), old=RIGHT, new=NEW, address=HOME)
    caller = await identity.authenticate.by_token(tokens.access_token)
    with pytest.raises(PasswordNeeded):
        caller.require_recent_password(identity.clock.now())


async def test_a_wrong_old_password_changes_nothing_and_is_recorded_and_counted(
    identity: IdentityHarness, change: ChangePassword
) -> None:
    caller, before = await identity.caller(), identity.ada
    await fail(change, caller, MAX_FAILURES)
    assert identity.ada == before
    assert identity.audit_log[-1] == (AuditAction.CHANGE_PASSWORD, AuditOutcome.REFUSED)
    tried = len(identity.hasher.verified)
    with pytest.raises(TooManyRequests) as refused:
        await change(caller=caller, old=RIGHT, new=NEW, address=ELSEWHERE)
    assert refused.value.retry_after_seconds == MINUTES_15
    assert len(identity.hasher.verified) == tried
    with pytest.raises(TooManyRequests):  # it counts as a failed login
        await identity.login(RIGHT)
    identity.clock.advance(MINUTES_15)
    await change(caller=caller, old=RIGHT, new=NEW, address=HOME)


async def test_attempts_of_others_do_not_count_for_a_session(identity: IdentityHarness, change: ChangePassword) -> None:
    caller, other = await identity.caller(), await identity.caller()
    await fail(change, other, MAX_FAILURES)
    await identity.fail_to_login(MAX_FAILURES, "ada", ELSEWHERE)
    for number in range(MAX_ACCOUNT_FAILURES - 2 * MAX_FAILURES):
        await identity.fail_to_login(1, "ada", f"203.0.113.{number}")
    await change(caller=caller, old=RIGHT, new=NEW, address=ELSEWHERE)


async def test_of_many_simultaneous_guesses_in_a_session_five_are_tried(
    identity: IdentityHarness, change: ChangePassword
) -> None:
    caller = await identity.caller()
    guesses = [change(caller=caller, old=WRONG, new=NEW, address=HOME) for _ in range(30)]
    kinds = [type(each) for each in await asyncio.gather(*guesses, return_exceptions=True)]
    assert (kinds.count(WrongPassword), kinds.count(TooManyRequests)) == (MAX_FAILURES, 25)


async def test_only_the_address_of_the_change_is_known_afterwards(
    identity: IdentityHarness, change: ChangePassword
) -> None:
    await identity.login(RIGHT, "ada", ELSEWHERE)
    caller = await identity.caller()
    await change(caller=caller, old=RIGHT, new=NEW, address="192.0.2.3")
    known = {address for _, address in identity.database.rows.known_addresses}
    assert known == {"192.0.2.3"}


async def test_nothing_changes_if_the_session_ended_or_the_account_changed_meanwhile(
    identity: IdentityHarness, change: ChangePassword
) -> None:
    caller, before = await identity.caller(), identity.ada
    sessions = dict(identity.database.rows.sessions)
    identity.database.rows.sessions.clear()
    with pytest.raises(InvalidCredentials):
        await change(caller=caller, old=RIGHT, new=NEW, address=HOME)
    identity.database.rows.sessions.update(sessions)
    identity.disable_ada()
    with pytest.raises(InvalidCredentials):
        await change(caller=caller, old=RIGHT, new=NEW, address=HOME)
    assert identity.ada.password_hash == before.password_hash


async def test_an_api_key_changes_no_password(identity: IdentityHarness, change: ChangePassword) -> None:
    with pytest.raises(NotAllowed):
        await change(caller=identity.caller_with_a_key(), old=RIGHT, new=NEW, address=HOME)


@pytest.mark.parametrize("text", [RIGHT.text, "password", "ada-2026"])
async def test_neither_the_current_nor_a_common_password_is_set(
    identity: IdentityHarness, change: ChangePassword, text: str
) -> None:
    caller, before, tried = await identity.caller(), identity.ada, len(identity.hasher.verified)
    with pytest.raises(UnsuitablePassword):
        await change(caller=caller, old=RIGHT, new=Password(text), address=HOME)
    assert (identity.ada, len(identity.hasher.verified)) == (before, tried)
