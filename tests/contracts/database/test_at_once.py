"""Simultaneous changes to one user: none is lost, and no limit is exceeded."""

import asyncio
from collections.abc import Coroutine

import pytest

from adapters.jwt.tokens import JwtTokens
from adapters.sql import engine as engines
from application.identity.change_password import ChangePassword
from application.identity.create_api_key import CreateApiKey
from application.identity.login import Login
from application.identity.ports.repositories import IdentityRepositories, OnceRepositories
from application.identity.refresh import Refresh
from application.identity.reset_password import ResetPassword
from application.identity.set_disabled import SetDisabled
from application.identity.verify_own_password import VerifyOwnPassword
from application.ports.database import Database
from domain.identity.api_key import ALL_SCOPES, MAX_KEYS, KeyName
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials, TooManyKeys
from domain.identity.revoked import Revoked
from domain.identity.user import Password, User, Username
from tests.unit.fakes.accounts import api_key, session, user
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.identity_meter import FakeIdentityMeter
from tests.unit.fakes.password_hasher import FakePasswordHasher

ROUNDS = 8
OLD, NEW = Password("the old password"), Password("the new password")
FROM = "192.0.2.1"


@pytest.fixture
async def ada(database: Database[IdentityRepositories]) -> User:
    ada = user("Ada")
    async with database.writing() as work:
        await work.users.add(ada)
    return ada


def reset_password(
    database: Database[IdentityRepositories], password: Password
) -> Coroutine[None, None, tuple[User, Revoked]]:
    reset = ResetPassword(database=database, hasher=FakePasswordHasher(), clock=FakeClock())
    return reset(username=Username("ada"), password=password, address=FROM)


def set_disabled(
    database: Database[IdentityRepositories], *, is_disabled: bool
) -> Coroutine[None, None, tuple[User, Revoked]]:
    change = SetDisabled(database=database, clock=FakeClock())
    return change(username=Username("ada"), is_disabled=is_disabled, address=FROM)


def changing(database: Database[IdentityRepositories]) -> ChangePassword:
    hasher, clock = FakePasswordHasher(), FakeClock()
    verify = VerifyOwnPassword(database=database, hasher=hasher, clock=clock, meter=FakeIdentityMeter())
    return ChangePassword(database=database, hasher=hasher, verify=verify, clock=clock)


async def signed_in(database: Database[IdentityRepositories], of: User) -> Caller:
    started = session(of)
    async with database.writing() as work:
        await work.sessions.add(started)
        found = await work.users.find_by_name(of.name)
    assert found is not None
    return Caller(found, ALL_SCOPES, session_id=started.id)


@pytest.mark.usefixtures("ada")
async def test_resetting_a_password_and_disabling_do_not_undo_each_other(
    database: Database[IdentityRepositories],
) -> None:
    for number in range(ROUNDS):
        is_disabled, password = number % 2 == 0, Password(f"{number} words and more")
        await asyncio.gather(reset_password(database, password), set_disabled(database, is_disabled=is_disabled))
        async with database.reading() as work:
            found = await work.users.find_by_name("ada")
        assert found is not None
        assert (found.is_disabled, found.password_hash) == (is_disabled, f"hash of {number} words and more")


@pytest.mark.usefixtures("ada")
async def test_no_session_of_the_old_password_survives_a_reset(
    database: Database[IdentityRepositories],
) -> None:
    clock = FakeClock()
    tokens = JwtTokens(b"a secret of this test, and of nobody else", clock)
    login = Login(database=database, hasher=FakePasswordHasher(), tokens=tokens, clock=clock, meter=FakeIdentityMeter())
    for _ in range(ROUNDS):
        clock.advance(3600)  # so that none of these logins is one too many
        await reset_password(database, OLD)
        logging_in = asyncio.create_task(login(username=Username("ada"), password=OLD, address=FROM))
        await reset_password(database, NEW)
        try:
            session_id = tokens.read_access((await logging_in).access_token).session_id
        except InvalidCredentials:
            continue
        async with database.reading() as work:
            assert await work.sessions.find(session_id) is None
    clock.advance(3600)
    await login(username=Username("ada"), password=NEW, address=FROM)  # so a reset, and nothing else, rejected the rest


async def test_of_two_simultaneous_changes_of_a_password_one_counts_and_no_other_session_survives(
    database: Database[IdentityRepositories], ada: User
) -> None:
    for number in range(ROUNDS):
        await reset_password(database, OLD)
        sessions = [session(ada) for _ in range(2)]
        async with database.writing() as work:
            for each in sessions:
                await work.sessions.add(each)
            found = await work.users.find_by_name("ada")
        assert found is not None
        change = changing(database)
        ended = await asyncio.gather(
            *(
                change(
                    caller=Caller(found, ALL_SCOPES, session_id=each.id),
                    old=OLD,
                    new=Password(f"words {number} of {place}"),
                    address=FROM,
                )
                for place, each in enumerate(sessions)
            ),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in ended) == ["InvalidCredentials", "Revoked"]
        winner = ended.index(Revoked(sessions=1))
        async with database.reading() as work:
            changed = await work.users.find_by_name("ada")
            assert [await work.sessions.find(each.id) is not None for each in sessions] == [winner == 0, winner == 1]
        assert changed is not None
        assert changed.password_hash == f"hash of words {number} of {winner}"


async def test_simultaneous_refreshes_with_one_token_get_the_same_next_token(
    database: Database[IdentityRepositories], ada: User
) -> None:
    clock = FakeClock()
    tokens = JwtTokens(b"a secret of this test, and of nobody else", clock)
    for _ in range(ROUNDS):
        started = session(ada, expires_at=clock.now() + 3600)
        async with database.writing() as work:
            await work.sessions.add(started)
        refreshes = [Refresh(database=database, tokens=tokens, clock=clock) for _ in range(2)]
        spent = tokens.write_refresh(started)
        pairs = await asyncio.gather(*(refresh(token=spent, address=FROM) for refresh in refreshes))
        assert len({pair.refresh_token for pair in pairs}) == 1


async def test_keys_created_at_once_do_not_exceed_the_limit(database: Database[OnceRepositories], ada: User) -> None:
    left = 3
    async with database.writing() as work:
        for _ in range(MAX_KEYS - left):
            await work.api_keys.add(api_key(ada))
    create = CreateApiKey(database=database, clock=FakeClock())
    caller = await signed_in(database, ada)
    # No more at a time than the pool gives connections, so that all of them are under way at once.
    at_once = engines.CONNECTIONS + engines.EXTRA_CONNECTIONS
    made = await asyncio.gather(
        *(
            create(caller=caller, name=KeyName("k"), scopes=ALL_SCOPES, expires_at=None, address=FROM)
            for _ in range(at_once)
        ),
        return_exceptions=True,
    )
    assert [type(each) for each in made].count(TooManyKeys) == at_once - left
    async with database.reading() as work:
        assert len(await work.api_keys.list_by_user(ada.id)) == MAX_KEYS


async def test_no_key_of_a_revoked_session_survives_a_change_of_the_password(
    database: Database[OnceRepositories], ada: User
) -> None:
    for number in range(ROUNDS):
        await reset_password(database, OLD)
        owner, thief = await signed_in(database, ada), await signed_in(database, ada)
        create = CreateApiKey(database=database, clock=FakeClock())
        changed, made = await asyncio.gather(
            changing(database)(caller=owner, old=OLD, new=Password(f"new words, number {number}"), address=FROM),
            create(caller=thief, name=KeyName("k"), scopes=ALL_SCOPES, expires_at=None, address=FROM),
            return_exceptions=True,
        )
        assert isinstance(changed, Revoked)
        assert isinstance(made, InvalidCredentials) == (changed.api_keys == 0)
        async with database.reading() as work:
            assert await work.api_keys.list_by_user(ada.id) == []
