"""Sessions advance one generation at a time, and end at once."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.identity.session import Session
from domain.identity.user import User
from tests.unit.fakes.accounts import DAY, session, user
from tests.unit.fakes.clock import NOON


@pytest.fixture
async def ada(database: Database[IdentityRepositories]) -> User:
    ada = user("Ada")
    async with database.writing() as work:
        await work.users.add(ada)
    return ada


async def added(database: Database[IdentityRepositories], *sessions: Session) -> None:
    async with database.writing() as work:
        for each in sessions:
            await work.sessions.add(each)


async def left(database: Database[IdentityRepositories], *sessions: Session) -> list[Session]:
    async with database.reading() as work:
        found = [await work.sessions.find(each.id) for each in sessions]
    return [each[0] for each in found if each is not None]


async def test_a_session_is_found_as_it_was_stored_with_its_user(
    database: Database[IdentityRepositories], ada: User
) -> None:
    started = session(ada, created_at=NOON + 0.25, expires_at=NOON + 30 * DAY, generation=3)
    await added(database, started)
    async with database.reading() as work:
        assert await work.sessions.find(started.id) == (started, ada)
        assert await work.sessions.find(uuid4()) is None


async def test_the_current_generation_advances_to_the_next_with_a_new_expiry(
    database: Database[IdentityRepositories], ada: User
) -> None:
    one = replace(session(ada), password_at=NOON)
    to = replace(
        one,
        generation=1,
        refreshed_at=NOON + 0.1,
        expires_at=NOON + 2 * DAY,
        address="192.0.2.7",
        user_agent="a browser, Version ⅔",
    )
    await added(database, one)
    async with database.writing() as work:
        assert await work.sessions.advance(to)
    assert await left(database, one) == [to]


async def test_no_other_generation_advances(database: Database[IdentityRepositories], ada: User) -> None:
    one = session(ada, generation=1)
    await added(database, one)
    async with database.writing() as work:
        assert not await work.sessions.advance(replace(one, generation=1))
        assert not await work.sessions.advance(replace(one, generation=3))
        assert not await work.sessions.advance(replace(one, id=uuid4(), generation=2))
    assert await left(database, one) == [one]


async def test_one_of_many_simultaneous_refreshes_succeeds(database: Database[IdentityRepositories], ada: User) -> None:
    one = session(ada)
    await added(database, one)

    async def go_on() -> bool:
        async with database.writing() as work:
            return await work.sessions.advance(replace(one, generation=1, refreshed_at=NOON))

    assert sum(await asyncio.gather(*(go_on() for _ in range(20)))) == 1


async def test_a_deleted_session_is_gone_and_the_others_are_not(
    database: Database[IdentityRepositories], ada: User
) -> None:
    one, other = session(ada), session(ada)
    await added(database, one, other)
    async with database.writing() as work:
        assert not await work.sessions.delete(uuid4(), one.id)
        assert await work.sessions.delete(ada.id, one.id)
        assert not await work.sessions.delete(ada.id, one.id)
    assert await left(database, one, other) == [other]


async def test_the_time_of_a_password_is_kept_for_its_session_alone(
    database: Database[IdentityRepositories], ada: User
) -> None:
    one, other = session(ada), session(ada)
    await added(database, one, other)
    async with database.writing() as work:
        await work.sessions.note_password(one.id, NOON + 0.5)
        await work.sessions.note_password(uuid4(), NOON + 0.5)
    assert await left(database, one, other) == [replace(one, password_at=NOON + 0.5), other]


async def test_a_users_own_sessions_are_listed(database: Database[IdentityRepositories], ada: User) -> None:
    grace = user("Grace")
    async with database.writing() as work:
        await work.users.add(grace)
    first, second = session(ada), replace(session(ada), address="2001:db8::/64", user_agent="curl/8")
    await added(database, first, second, session(grace))
    async with database.reading() as work:
        found = await work.sessions.list_by_user(ada.id)
        assert sorted(found, key=lambda each: each.id) == sorted([first, second], key=lambda each: each.id)
        assert await work.sessions.list_by_user(uuid4()) == []


async def test_all_sessions_of_one_user_are_deleted_and_no_others(
    database: Database[IdentityRepositories], ada: User
) -> None:
    grace = user("Grace")
    async with database.writing() as work:
        await work.users.add(grace)
    one, other, of_grace = session(ada), session(ada), session(grace)
    await added(database, one, other, of_grace)
    async with database.writing() as work:
        assert await work.sessions.delete_all_of(ada.id) == 2
        assert await work.sessions.delete_all_of(ada.id) == 0
    assert await left(database, one, other, of_grace) == [of_grace]


async def test_one_session_of_a_user_is_kept_on_request(database: Database[IdentityRepositories], ada: User) -> None:
    one, other, kept = session(ada), session(ada), session(ada)
    await added(database, one, other, kept)
    async with database.writing() as work:
        assert await work.sessions.delete_all_of(ada.id, except_for=kept.id) == 2
    assert await left(database, one, other, kept) == [kept]


async def test_expired_and_surplus_sessions_are_deleted(database: Database[IdentityRepositories], ada: User) -> None:
    over = session(ada, created_at=NOON + 9, expires_at=NOON + 10)
    old, young, newest = (session(ada, created_at=NOON + at) for at in (1, 2, 3))
    await added(database, over, old, young, newest)
    async with database.writing() as work:
        await work.sessions.prune(ada.id, NOON + 10, keep=3)
    assert await left(database, over, old, young, newest) == [young, newest]
