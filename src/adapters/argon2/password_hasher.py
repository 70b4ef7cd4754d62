"""Password hashing with Argon2id, in a thread pool."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from application.identity.ports.password_hasher import PasswordHasher
from domain.errors import TooManyRequests
from domain.identity.user import Password

if TYPE_CHECKING:
    from pwdlib.hashers.argon2 import Argon2Hasher

# OWASP's minimum for Argon2id: 19 MiB, two passes, one lane.
MEMORY_KIBIBYTES = 19 * 1024
PASSES = 2
LANES = 1

# Each hash occupies a processor for about 20 ms. Each process has a thread for them, and one that converts: with more,
# guesses at passwords would take the processors from conversions. Who comes last of the most that wait does for 1.3 s.
THREADS = 1
MAX_WAITING = 64

T = TypeVar("T")


class Argon2PasswordHasher(PasswordHasher):
    """Hashes in `THREADS` threads. At most `MAX_WAITING` calls wait, so that a flood of logins uses little memory."""

    def __init__(self, memory_kibibytes: int = MEMORY_KIBIBYTES) -> None:
        """Less memory makes hashes cheap, and so is for tests only."""
        self._memory_kibibytes = memory_kibibytes
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0

    async def hash(self, password: Password) -> str:
        """Return the hash, which contains its salt and parameters."""
        return await self._in_a_thread(lambda: self._hasher.hash(password.text))

    async def verify(self, password: Password, password_hash: str | None) -> bool:
        """Verify it against the hash, or against a dummy that takes as long."""
        return await self._in_a_thread(lambda: self._matches(password, password_hash))

    def close(self) -> None:
        """Stop the threads after the hashes in progress."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password: Password, password_hash: str | None) -> bool:
        dummy = self._dummy_hash  # computed for known users too: else the first unknown one would take twice as long
        is_right = self._hasher.verify(password.text, dummy if password_hash is None else password_hash)
        return is_right and password_hash is not None

    @cached_property
    def _hasher(self) -> "Argon2Hasher":
        from pwdlib.hashers.argon2 import Argon2Hasher  # noqa: PLC0415 -- in a thread, once somebody signs in

        return Argon2Hasher(time_cost=PASSES, memory_cost=self._memory_kibibytes, parallelism=LANES)

    @cached_property
    def _dummy_hash(self) -> str:
        return self._hasher.hash("nobody has this password")

    async def _in_a_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise TooManyRequests("too many logins at once; try again in a moment", 1.0)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
