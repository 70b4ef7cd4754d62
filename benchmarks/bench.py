"""What every figure is measured with."""

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
    BARE_WORKERS,
    Harness,
    Server,
    running_bare,
)
from benchmarks.sizes import BINANCE_PAIRS

# Many different questions, so that no answer can be had by remembering the last one.
QUESTIONS = 50

WARM = 86400  # seconds: whatever is held is young enough


@dataclass(frozen=True, slots=True)
class Bench:
    """One run. `direct` and `indirect` are bodies that a warm service answers without any I/O."""

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
        """Empty the Redis of this run."""
        async with redis.asyncio.Redis.from_url(self.harness.redis_url, legacy_responses=False) as client:
            await client.flushall()

    async def answers(self, server: Server) -> list[dict[str, object]]:
        """Ask everything once."""
        return [orjson.loads(await ask(self.client, server.url, body)) for body in self.questions]

    async def written_answers(self, server: Server) -> Path:
        """Write down what this server answers, for a bare handler to know."""
        file = self.harness.folder / "answers.json"
        file.write_bytes(orjson.dumps(await self.answers(server)))
        return file

    def bare_knowing(self, answers: Path, *, workers: bool = False) -> AbstractAsyncContextManager[Server]:
        """Start a bare handler that knows these answers."""
        return running_bare(self.harness, answers, BARE_WORKERS if workers else BARE)

    @asynccontextmanager
    async def bare(self, served: Server, *, workers: bool = False) -> AsyncIterator[Server]:
        """Start a bare handler that answers exactly as `served` does; whether it does is looked at."""
        async with self.bare_knowing(await self.written_answers(served), workers=workers) as server:
            if await self.answers(server) != await self.answers(served):
                raise AssertionError("the bare handler answers otherwise than the service")
            yield server


def questions_of_the_stand_in(cache_max_seconds: int = WARM) -> tuple[list[bytes], list[bytes]]:
    """Return direct and indirect (two legs) questions that Binance's stand-in can answer."""
    ends = ends_by_legs(simulated_market(BINANCE_PAIRS), QUESTIONS)
    return bodies(ends[1], cache_max_seconds), bodies(ends[2], cache_max_seconds)
