"""Every hasher keeps the contract: Argon2id, and the fake that stands for it."""

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

    async def test_a_password_is_known_again_and_another_is_not(self, hasher: PasswordHasher) -> None:
        kept = await hasher.hash(RIGHT)
        assert await hasher.verify(RIGHT, kept)
        assert not await hasher.verify(WRONG, kept)

    async def test_nobodys_password_is_never_right(self, hasher: PasswordHasher) -> None:
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

    async def test_the_same_password_is_kept_differently_each_time(self, hasher: PasswordHasher) -> None:
        assert await hasher.hash(RIGHT) != await hasher.hash(RIGHT)

    async def test_the_loop_goes_on_while_passwords_are_hashed(self, hasher: PasswordHasher) -> None:
        hashing = [asyncio.create_task(hasher.hash(RIGHT)) for _ in range(8)]
        rounds, longest, last = 0, 0.0, time.perf_counter()
        while not all(task.done() for task in hashing):
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            rounds, longest, last = rounds + 1, max(longest, now - last), now
        assert rounds > 8
        assert longest < 1

    async def test_nothing_is_hashed_but_in_its_own_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        threads = []

        class Watched(Argon2Hasher):
            def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
                threads.append(threading.current_thread().name)
                return super().hash(password, salt=salt)

        monkeypatch.setattr(password_hasher, "Argon2Hasher", Watched)
        hasher = Argon2PasswordHasher()
        assert not await hasher.verify(RIGHT, None)
        assert await hasher.verify(RIGHT, await hasher.hash(RIGHT))
        hasher.close()
        assert len(threads) == 2
        assert all(name.startswith("argon2") for name in threads)

    async def test_no_more_wait_than_may(self, hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(password_hasher, "MAX_WAITING", 3)
        ended = await asyncio.gather(*(hasher.hash(RIGHT) for _ in range(10)), return_exceptions=True)
        assert [type(each) for each in ended].count(TooManyRequests) == 7
        assert (await hasher.hash(RIGHT)).startswith("$argon2id$")
