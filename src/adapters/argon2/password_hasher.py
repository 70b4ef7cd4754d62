"""Argon2id, in threads of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from pwdlib.hashers.argon2 import Argon2Hasher

from application.identity.ports.password_hasher import PasswordHasher
from domain.errors import TooManyRequests
from domain.identity.user import Password

# OWASP's least for Argon2id: 19 MiB, two passes, one lane.
MEMORY_KIBIBYTES = 19 * 1024
PASSES = 2
LANES = 1

# Each takes its memory and a processor for some 20 ms; more at once would make all of them, and conversions, slow.
THREADS = 2
MOST_WAITING = 64

T = TypeVar("T")


class Argon2PasswordHasher(PasswordHasher):
    """Hashes in `THREADS` threads; beyond `MOST_WAITING` who wait it refuses, so that a flood costs no memory."""

    def __init__(self) -> None:
        self._hasher = Argon2Hasher(time_cost=PASSES, memory_cost=MEMORY_KIBIBYTES, parallelism=LANES)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0

    async def hash(self, password: Password) -> str:
        """Return the hash, with its salt and parameters in it."""
        return await self._in_a_thread(lambda: self._hasher.hash(password.text))

    async def verify(self, password: Password, kept: str | None) -> bool:
        """Verify it against what is kept, or for as long against nobody's."""
        return await self._in_a_thread(lambda: self._is_right(password, kept))

    def close(self) -> None:
        """End the threads when they have done what is under way."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_right(self, password: Password, kept: str | None) -> bool:
        nobodys = self._nobodys  # whoever is asked about: else the first who is nobody would take twice as long
        return self._hasher.verify(password.text, nobodys if kept is None else kept) and kept is not None

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")

    async def _in_a_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise TooManyRequests("too many passwords are being looked at", 1.0)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
