"""Signing in: what is tried, what is counted, and what it leaves behind."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from adapters.jwt.tokens import JwtTokens
from application.identity.issue_token_pair import REFRESH_SECONDS, TokenPair
from application.identity.login import MAX_FAILURES, MAX_SESSIONS, WINDOW_SECONDS, Login
from application.identity.record_audit_event import KEEP_SECONDS
from application.identity.refresh import Refresh
from application.identity.register import Register
from domain.errors import TooManyRequests
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials, UsernameTaken
from domain.identity.user import Password, User, Username
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.database import FakeDatabase, FakeSessions
from tests.unit.fakes.password_hasher import FakePasswordHasher

RIGHT, WRONG = Password("correct horse battery"), Password("not the password")
ADA = Username("Ada")
HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"


class Door:
    """Everything that signing in needs, with Ada registered."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.database = FakeDatabase()
        self.hasher = FakePasswordHasher()
        tokens = JwtTokens(b"x" * 32, self.clock)
        self.register = Register(database=self.database, hasher=self.hasher, clock=self.clock)
        self._login = Login(database=self.database, hasher=self.hasher, tokens=tokens, clock=self.clock)
        self._refresh = Refresh(database=self.database, tokens=tokens, clock=self.clock)

    async def login(self, password: Password = RIGHT, name: str = "Ada", address: str = HOME) -> TokenPair:
        return await self._login(username=Username(name), password=password, address=address)

    async def refresh(self, token: str) -> TokenPair:
        return await self._refresh(token=token, address=HOME)

    def trail(self) -> list[tuple[AuditAction, AuditOutcome]]:
        return [(event.action, event.outcome) for event in self.database.rows.audit_events]

    async def fails(self, times: int, name: str = "Ada", address: str = HOME) -> None:
        for _ in range(times):
            with pytest.raises(InvalidCredentials):
                await self.login(WRONG, name, address)


@pytest.fixture
async def door() -> Door:
    door = Door()
    await door.register(username=ADA, password=RIGHT, address=HOME)
    return door


def ada_of(door: Door) -> User:
    (ada,) = door.database.rows.users.values()
    return ada


async def test_a_taken_name_is_refused_and_leaves_nothing_behind(door: Door) -> None:
    with pytest.raises(UsernameTaken):
        await door.register(username=Username("ADA"), password=RIGHT, address=HOME)
    assert len(door.database.rows.users) == 1
    assert door.trail() == [(AuditAction.REGISTER, AuditOutcome.DONE)]


async def test_signing_in_begins_a_session_and_tells_the_trail(door: Door) -> None:
    signed_in = await door.login()
    (session,) = door.database.rows.sessions.values()
    assert (session.user_id, session.generation) == (ada_of(door).id, 0)
    assert (session.created_at, session.expires_at) == (NOON, NOON + REFRESH_SECONDS)
    assert signed_in.expires_in == 900
    assert "eyJ" not in repr(signed_in)
    assert door.trail()[-1] == (AuditAction.LOGIN, AuditOutcome.DONE)


async def test_an_unknown_users_password_is_looked_at_like_a_known_ones(door: Door) -> None:
    await door.fails(1)
    await door.fails(1, "nobody", ELSEWHERE)
    assert door.hasher.verified == [f"hash of {RIGHT.text}", None]
    assert door.database.rows.audit_events[-1].user_id is None
    assert door.trail()[-1] == (AuditAction.LOGIN, AuditOutcome.REFUSED)


async def test_a_disabled_user_is_refused_like_an_unknown_one(door: Door) -> None:
    ada = ada_of(door)
    door.database.rows.users[ada.id] = replace(ada, is_disabled=True)
    with pytest.raises(InvalidCredentials, match="the name or the password is wrong"):
        await door.login()


@pytest.mark.parametrize(("name", "address"), [("ada", ELSEWHERE), ("grace", HOME)])
async def test_after_five_failures_nothing_is_tried_until_the_first_is_old(door: Door, name: str, address: str) -> None:
    await door.fails(1)
    door.clock.advance(60)
    await door.fails(MAX_FAILURES - 1)
    looked_at = len(door.hasher.verified)
    with pytest.raises(TooManyRequests) as refused:
        await door.login(RIGHT, name, address)
    assert refused.value.retry_after_seconds == WINDOW_SECONDS - 60
    assert len(door.hasher.verified) == looked_at
    door.clock.advance(WINDOW_SECONDS - 60)
    await door.fails(1, name, address)


async def test_a_success_between_failures_forgives_none(door: Door) -> None:
    await door.fails(MAX_FAILURES - 1)
    await door.login()
    await door.fails(1)
    with pytest.raises(TooManyRequests):
        await door.login()


async def test_old_failures_are_forgotten(door: Door) -> None:
    await door.fails(3)
    door.clock.advance(WINDOW_SECONDS)
    await door.fails(1)
    assert len(door.database.rows.login_failures) == 1


async def test_of_many_guesses_at_once_so_many_are_tried(door: Door) -> None:
    guesses = [door.login(WRONG, "Ada", f"192.0.2.{number}") for number in range(30)]
    ended = await asyncio.gather(*guesses, return_exceptions=True)
    kinds = [type(each) for each in ended]
    assert (kinds.count(InvalidCredentials), kinds.count(TooManyRequests)) == (MAX_FAILURES, 25)


async def test_a_failure_that_another_process_counted_meanwhile_is_counted_too(door: Door) -> None:
    await door.fails(MAX_FAILURES - 1, "Ada", ELSEWHERE)
    verify = door.hasher.verify

    async def verify_while_another_fails(password: Password, password_hash: str | None) -> bool:
        door.database.rows.login_failures.append(("ada", "192.0.2.9", door.clock.now()))
        return await verify(password, password_hash)

    door.hasher.verify = verify_while_another_fails  # type: ignore[method-assign]  # another process' part
    with pytest.raises(TooManyRequests):
        await door.login(WRONG)


async def test_whoever_is_disabled_while_the_password_is_looked_at_does_not_come_in(door: Door) -> None:
    verify = door.hasher.verify

    async def verify_while_disabled(password: Password, password_hash: str | None) -> bool:
        ada = ada_of(door)
        door.database.rows.users[ada.id] = replace(ada, is_disabled=True)
        return await verify(password, password_hash)

    door.hasher.verify = verify_while_disabled  # type: ignore[method-assign]  # what happens meanwhile
    with pytest.raises(InvalidCredentials):
        await door.login()
    assert door.database.rows.sessions == {}


async def test_nobody_has_sessions_without_number(door: Door) -> None:
    for _ in range(MAX_SESSIONS + 5):
        door.clock.advance(1)
        await door.login()
    begun = [session.created_at for session in door.database.rows.sessions.values()]
    assert (len(begun), min(begun)) == (MAX_SESSIONS, NOON + 6)


async def test_a_refresh_goes_on_for_thirty_days_more(door: Door) -> None:
    first = await door.login()
    door.clock.advance(100)
    second = await door.refresh(first.refresh_token)
    (session,) = door.database.rows.sessions.values()
    assert (session.generation, session.expires_at) == (1, NOON + 100 + REFRESH_SECONDS)
    assert {second.access_token, second.refresh_token}.isdisjoint({first.access_token, first.refresh_token})


async def test_a_token_that_comes_again_ends_the_session_and_is_told_in_the_trail(door: Door) -> None:
    first = await door.login()
    await door.refresh(first.refresh_token)
    with pytest.raises(InvalidCredentials):
        await door.refresh(first.refresh_token)
    assert door.database.rows.sessions == {}
    assert door.trail()[-1] == (AuditAction.REFRESH, AuditOutcome.REFUSED)


async def test_a_session_that_is_ended_during_a_refresh_is_not_told_of_as_a_token_that_came_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in = await door.login()

    async def advance_when_signed_out(sessions: FakeSessions, session_id: UUID, *_: object) -> bool:
        await sessions.delete(session_id)
        return False

    monkeypatch.setattr(FakeSessions, "advance", advance_when_signed_out)
    with pytest.raises(InvalidCredentials):
        await door.refresh(signed_in.refresh_token)
    assert door.trail()[-1] == (AuditAction.LOGIN, AuditOutcome.DONE)


async def test_no_session_goes_on_that_is_over_or_whose_user_is_disabled(door: Door) -> None:
    signed_in = await door.login()
    ada = ada_of(door)
    door.database.rows.users[ada.id] = replace(ada, is_disabled=True)
    with pytest.raises(InvalidCredentials):
        await door.refresh(signed_in.refresh_token)
    door.database.rows.users[ada.id] = ada
    for session in list(door.database.rows.sessions.values()):
        door.database.rows.sessions[session.id] = replace(session, expires_at=NOON)
    with pytest.raises(InvalidCredentials):
        await door.refresh(signed_in.refresh_token)


async def test_the_trail_forgets_what_is_older_than_a_year(door: Door) -> None:
    door.clock.advance(KEEP_SECONDS)
    await door.login()
    assert door.trail() == [(AuditAction.LOGIN, AuditOutcome.DONE)]
