"""Starts the load and collects its answers."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from tests.resilience.length import IS_WHOLE
from tests.resilience.load import run
from tests.resilience.mix import MIX, Asked
from tests.servers.forked import TalkingProcess, talking

# Enough to judge a fault; each request takes a millisecond of the machine's processors.
REQUESTS_PER_SECOND = 200.0 if IS_WHOLE else 100.0
WAITING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answered:
    """The outcome of one request. `sent_at` is in Unix seconds; `status` is None if there was no answer."""

    asked: Asked
    sent_at: float
    seconds: float
    status: int | None
    body: str
    retry_after: str | None

    @property
    def json(self) -> Any:  # noqa: ANN401 -- any JSON
        return orjson.loads(self.body)


class Load:
    """A running load. `answers` has all answers so far, in the order of their arrival."""

    def __init__(self, process: TalkingProcess) -> None:
        self.answers: list[Answered] = []
        self._process = process
        self._reading = asyncio.create_task(self._read())

    async def lasts(self, seconds: float) -> None:
        """Let it continue for `seconds`; fail if it ends by itself."""
        await asyncio.sleep(seconds)
        assert not self._reading.done(), "the load ended by itself"

    async def began(self) -> None:
        """Wait for the first answer."""
        await self.answered_since(0.0, 1)

    async def answered_since(self, sent_at: float, number: int) -> list[Answered]:
        """Wait until `number` requests sent since `sent_at` are answered, and return them."""
        deadline = time.monotonic() + WAITING_SECONDS
        while len(found := [each for each in self.answers if each.sent_at >= sent_at]) < number:
            assert time.monotonic() < deadline, "the load is stuck"
            await self.lasts(0.05)
        return found

    async def end(self) -> list[Answered]:
        """Stop sending, wait for the last answer, and return all answers by the time of their request."""
        self._process.stdin.close()
        async with asyncio.timeout(WAITING_SECONDS):
            await self._reading
            assert await self._process.wait() == 0
        return sorted(self.answers, key=lambda each: each.sent_at)

    async def _read(self) -> None:
        async for line in self._process.stdout:
            fields = orjson.loads(line)
            self.answers.append(Answered(MIX[fields.pop("index")], **fields))


@asynccontextmanager
async def running_load(url: str, per_second: float = REQUESTS_PER_SECOND) -> AsyncIterator[Load]:
    """Start a load on the service at `url`, and yield it after its first answer."""
    async with talking(run, url, per_second) as process:
        load = Load(process)
        try:
            await load.began()
            yield load
        finally:
            process.kill()
            await load._reading
