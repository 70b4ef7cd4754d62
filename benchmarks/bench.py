"""What all figures use."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson
import redis.asyncio

from benchmarks.effort import Effort
from benchmarks.load import LoadGenerator, ask
from benchmarks.pairs import bodies, ends_by_legs, simulated_market
from benchmarks.servers import (
    BARE,
    Harness,
    Server,
    running_bare,
)
from benchmarks.sizes import BINANCE_PAIRS

# Many different questions, so that remembering the last answer does not help.
QUESTIONS = 50

WARM = 86400  # seconds: everything in memory is fresh enough


@dataclass(frozen=True, slots=True)
class Bench:
    """One run. A warm service answers the bodies `direct` and `indirect` without any I/O."""

    harness: Harness
    load: LoadGenerator
    effort: Effort
    client: aiohttp.ClientSession
    direct: Sequence[bytes]
    indirect: Sequence[bytes]

    @property
    def questions(self) -> list[bytes]:
        """Both kinds of bodies."""
        return [*self.direct, *self.indirect]

    async def forget(self) -> None:
        """Empty this run's Redis."""
        async with redis.asyncio.Redis.from_url(self.harness.redis_url, legacy_responses=False) as client:
            await client.flushall()

    async def answers(self, server: Server) -> list[dict[str, object]]:
        """Ask every question once."""
        return [orjson.loads(await ask(self.client, server.url, body)) for body in self.questions]

    async def written_answers(self, server: Server) -> Path:
        """Write this server's answers to a file for the bare handler."""
        file = self.harness.folder / "answers.json"
        file.write_bytes(orjson.dumps(await self.answers(server)))
        return file

    def bare_with(self, answers: Path, command: tuple[str, ...] = BARE) -> AbstractAsyncContextManager[Server]:
        """Start a bare handler with these answers."""
        return running_bare(self.harness, answers, command)

    @asynccontextmanager
    async def bare(self, served: Server, command: tuple[str, ...] = BARE) -> AsyncIterator[Server]:
        """Start a bare handler with the answers of `served`, and check that it gives them."""
        async with self.bare_with(await self.written_answers(served), command) as server:
            check_same(self.questions, await self.answers(served), await self.answers(server))
            yield server


def check_same(questions: Sequence[bytes], served: Sequence[object], bare: Sequence[object]) -> None:
    """Raise `AssertionError` if the service has not answered twice alike; the bare handler gives its first answers.

    Workers whose Redis is silent for half a second at the start fetch prices one by one, which move in between.
    """
    changed = [each for each in zip(questions, bare, served, strict=True) if each[1] != each[2]]
    if changed:
        question, first, later = changed[0]
        raise AssertionError(
            f"the bare handler and the service give different answers to {len(changed)} of {len(questions)} questions; "
            f"to {question.decode()} the service gave first {first}, then {later}"
        )


def simulated_questions(cache_max_seconds: int = WARM) -> tuple[list[bytes], list[bytes]]:
    """Return direct and indirect (two legs) questions that the simulated Binance can answer."""
    ends = ends_by_legs(simulated_market(BINANCE_PAIRS), QUESTIONS)
    return bodies(ends[1], cache_max_seconds), bodies(ends[2], cache_max_seconds)
