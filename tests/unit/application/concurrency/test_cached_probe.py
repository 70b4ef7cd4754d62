"""However many call, one probes, and a recent result is reused."""

import asyncio

import pytest

from application.concurrency.cached_probe import CachedProbe
from tests.unit.fakes.clock import FakeClock

SECONDS = 0.5


class CountingProbe:
    """Returns how often it has probed, once it may; raises when `fails` is set."""

    def __init__(self) -> None:
        self.count = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.fails = False

    async def __call__(self) -> int:
        self.count += 1
        cached = self.count
        await self.may_end.wait()
        if self.fails:
            raise LookupError(cached)
        return cached


async def test_a_result_is_reused_until_it_expires() -> None:
    probe, clock = CountingProbe(), FakeClock()
    cached = CachedProbe(probe, clock=clock, ttl_seconds=SECONDS)
    assert [await cached(), await cached()] == [1, 1]
    clock.advance(SECONDS - 0.01)
    assert await cached() == 1
    clock.advance(0.01)
    assert [await cached(), await cached()] == [2, 2]


async def test_a_clock_that_is_set_back_extends_no_result() -> None:
    probe, clock = CountingProbe(), FakeClock()
    cached = CachedProbe(probe, clock=clock, ttl_seconds=SECONDS)
    await cached()
    clock.advance(-3600)
    assert await cached() == 2


async def test_a_results_age_counts_from_the_end_of_the_probe() -> None:
    probe, clock = CountingProbe(), FakeClock()
    cached = CachedProbe(probe, clock=clock, ttl_seconds=SECONDS)
    probe.may_end.clear()
    callers = asyncio.create_task(cached())
    await asyncio.sleep(0)
    clock.advance(10)
    probe.may_end.set()
    assert [await callers, await cached()] == [1, 1]


async def test_callers_during_a_probe_share_its_result() -> None:
    probe = CountingProbe()
    cached = CachedProbe(probe, clock=FakeClock(), ttl_seconds=SECONDS)
    probe.may_end.clear()
    callers = [asyncio.create_task(cached()) for _ in range(100)]
    await asyncio.sleep(0)
    assert probe.count == 1
    probe.may_end.set()
    assert await asyncio.gather(*callers) == [1] * 100


async def test_when_the_probing_caller_is_cancelled_the_next_one_probes() -> None:
    probe = CountingProbe()
    cached = CachedProbe(probe, clock=FakeClock(), ttl_seconds=SECONDS)
    probe.may_end.clear()
    impatient, patient = asyncio.create_task(cached()), asyncio.create_task(cached())
    await asyncio.sleep(0)
    impatient.cancel()
    probe.may_end.set()
    assert await patient == 2
    assert impatient.cancelled()


async def test_a_failure_is_raised_and_not_cached() -> None:
    probe = CountingProbe()
    cached = CachedProbe(probe, clock=FakeClock(), ttl_seconds=SECONDS)
    probe.fails = True
    with pytest.raises(LookupError):
        await cached()
    probe.fails = False
    assert await cached() == 2
