"""Argon2id and the fake keep the contract of a password hasher."""

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from adapters.argon2 import password_hasher
from adapters.argon2.password_hasher import Argon2PasswordHasher
from application.identity.ports.password_hasher import PasswordHasher
from domain.errors import TooManyRequests
from domain.identity.user import Password
from tests.unit.fakes.password_hasher import FakePasswordHasher

RIGHT, WRONG = Password("correct horse battery"), Password("correct horse batterx")


class PasswordHasherContract(ABC):
    @pytest.fixture
    @abstractmethod
    def hasher(self) -> PasswordHasher | Iterator[PasswordHasher]: ...

    async def test_only_the_same_password_matches_the_hash(self, hasher: PasswordHasher) -> None:
        hashed = await hasher.hash(RIGHT)
        assert await hasher.verify(RIGHT, hashed)
        assert not await hasher.verify(WRONG, hashed)

    async def test_an_unknown_users_password_never_matches(self, hasher: PasswordHasher) -> None:
        assert not await hasher.verify(RIGHT, None)
        assert not await hasher.verify(Password("nobody has this password"), None)


class TestFakePasswordHasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> PasswordHasher:
        return FakePasswordHasher()


class TestArgon2PasswordHasher(PasswordHasherContract):
    @pytest.fixture
    def hasher(self) -> Iterator[PasswordHasher]:
        hasher = Argon2PasswordHasher()
        yield hasher
        hasher.close()

    async def test_it_is_argon2id_with_19_mib_two_passes_and_one_lane(self, hasher: PasswordHasher) -> None:
        assert (await hasher.hash(RIGHT)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    async def test_each_hash_of_a_password_is_different(self, hasher: PasswordHasher) -> None:
        assert await hasher.hash(RIGHT) != await hasher.hash(RIGHT)

    async def test_hashing_does_not_block_the_event_loop(self, hasher: PasswordHasher) -> None:
        hashing = [asyncio.create_task(hasher.hash(RIGHT)) for _ in range(8)]
        rounds, longest, last = 0, 0.0, time.perf_counter()
        while not all(task.done() for task in hashing):
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            rounds, longest, last = rounds + 1, max(longest, now - last), now
        assert rounds > 8
        assert longest < 1

    async def test_passwords_are_hashed_in_threads_of_their_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        threads = []

        class Watched(Argon2Hasher):
            def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
                threads.append(threading.current_thread().name)
                return super().hash(password, salt=salt)

        monkeypatch.setattr("pwdlib.hashers.argon2.Argon2Hasher", Watched)
        hasher = Argon2PasswordHasher()
        assert not await hasher.verify(RIGHT, None)
        assert await hasher.verify(RIGHT, await hasher.hash(RIGHT))
        hasher.close()
        assert len(threads) == 2
        assert all(name.startswith("argon2") for name in threads)

    async def test_one_password_is_hashed_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        under_way = most = 0

        class Watched(Argon2Hasher):
            def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
                nonlocal under_way, most
                under_way += 1
                most = max(most, under_way)
                time.sleep(0.02)
                under_way -= 1
                return super().hash(password, salt=salt)

        monkeypatch.setattr("pwdlib.hashers.argon2.Argon2Hasher", Watched)
        hasher = Argon2PasswordHasher(memory_kibibytes=8)
        await asyncio.gather(*(hasher.hash(RIGHT) for _ in range(8)))
        hasher.close()
        assert most == 1

    async def test_the_queue_is_bounded(self, hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(password_hasher, "MAX_WAITING", 3)
        ended = await asyncio.gather(*(hasher.hash(RIGHT) for _ in range(10)), return_exceptions=True)
        assert [type(each) for each in ended].count(TooManyRequests) == 7
        assert (await hasher.hash(RIGHT)).startswith("$argon2id$")
