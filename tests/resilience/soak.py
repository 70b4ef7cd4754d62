"""`make soak`: a long mixed load with random faults on every connection, every answer checked, and nothing leaked.

Not collected by itself. `CROSSRATE_TEST_SOAK_SEED` repeats a run; every run prints its own.
"""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.contracts.exposed import Exposed
from tests.integration.redis_state import redis_is
from tests.resilience.driver import Load
from tests.resilience.harness import Harness
from tests.resilience.links import EXCHANGES, REDIS
from tests.resilience.proxy import Bandwidth, BlackHole, CutAfter, Fault, Latency, Reset, Truncate
from tests.waiting import eventually

SECONDS = 60 * float(os.environ.get("CROSSRATE_TEST_SOAK_MINUTES") or 10)
SEED = int(os.environ.get("CROSSRATE_TEST_SOAK_SEED") or random.SystemRandom().randrange(10**6))

# Ignore the growth at first, from modules loaded late and a heap that adapts to faults.
SETTLING_SHARE = 0.2
MOST_GROWTH = 0.05

# Tolerance for idle connections at the moment of counting: those of the pools and those of the load.
SPARE_DESCRIPTORS = 8

# One per such connection, and a cache probe or a refresh that happens to run.
SPARE_TASKS = 8

FAULTS: tuple[Fault, ...] = (
    *(Latency(0.05), Latency(0.3), Latency(3.0), Bandwidth(1000), Bandwidth(50_000)),
    *(Reset(), BlackHole(), Truncate(), CutAfter(3), CutAfter(1000)),
)
LONGEST_FAULT_SECONDS = 8.0
LONGEST_CALM_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Size:
    """The resources of a process."""

    kilobytes: int
    descriptors: int
    tasks: int

    @classmethod
    def of(cls, pid: int, tasks: int) -> "Size":
        status = Path(f"/proc/{pid}/status").read_text()
        kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
        return cls(kilobytes, len(list(Path(f"/proc/{pid}/fd").iterdir())), tasks)


@pytest.mark.timeout(0)
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="reads memory and descriptors from Linux's /proc")
async def test_nothing_leaks_and_every_answer_is_right_through_random_faults(harness: Harness) -> None:
    chance = random.Random(SEED)  # noqa: S311 -- repeatable, not secret
    print(f"\nseed {SEED}, {SECONDS:.0f} s")  # noqa: T201 -- shows progress during ten minutes
    checked, sizes = 0, []
    for part in range(parts := max(5, int(SECONDS / 60))):
        async with harness.loaded() as load:
            await _break_now_and_then(harness, load, chance, SECONDS / parts)
            answers = await load.end()
        await harness.check(answers, failing=EXCHANGES)
        checked += len(answers)
        sizes.append(await _at_rest(harness))
        print(f"part {part + 1} of {parts}: {checked} answers checked, {sizes[-1]}")  # noqa: T201
    settled, last = sizes[int(len(sizes) * SETTLING_SHARE)], sizes[-1]
    assert last.kilobytes <= settled.kilobytes * (1 + MOST_GROWTH), sizes
    assert last.descriptors <= settled.descriptors + SPARE_DESCRIPTORS, sizes
    assert 0 < last.tasks <= settled.tasks + SPARE_TASKS, sizes


async def _at_rest(harness: Harness) -> Size:
    """Return the size once nothing is running any more."""
    await eventually(redis_is(harness.process.service, "up"))
    assert harness.process.process.pid is not None
    await asyncio.sleep(1.0)
    scraped = Exposed((await harness.process.service.ask("GET", "/metrics")).body.decode())
    return Size.of(harness.process.process.pid, int(scraped.count("crossrate_tasks")))


async def _break_now_and_then(harness: Harness, load: Load, chance: random.Random, seconds: float) -> None:
    ended = time.time()
    deadline = time.monotonic() + seconds
    for fault in _drawn(chance):
        proxy = harness.proxies[chance.choice((*EXCHANGES, REDIS))]
        proxy.commit(fault)
        try:
            await load.lasts(chance.uniform(0.5, LONGEST_FAULT_SECONDS))
            if chance.random() < 0.2:
                await _trouble_redis(harness, load, chance)
        finally:
            proxy.stop()
        ended = time.time()
        await harness.recovers(load, ended)
        await load.lasts(chance.uniform(0.0, LONGEST_CALM_SECONDS))
        if time.monotonic() > deadline:
            return


def _drawn(chance: random.Random) -> Iterator[Fault]:
    while True:
        yield chance.choice(FAULTS)


async def _trouble_redis(harness: Harness, load: Load, chance: random.Random) -> None:
    """Empty Redis, pause it for a while, or kill and restart it."""
    match chance.choice(("flush", "hang", "kill")):
        case "flush":
            async with Redis.from_url(harness.redis.url) as redis:
                await redis.flushall()
        case "hang":
            harness.redis.pause()
            try:
                await load.lasts(chance.uniform(0.5, LONGEST_FAULT_SECONDS))
            finally:
                harness.redis.resume()
        case _:
            harness.redis.kill()
            await asyncio.to_thread(harness.redis.start)
