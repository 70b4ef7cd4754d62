"""However many ask, one looks, and what was seen a moment ago is told again."""

import asyncio

import pytest

from application.concurrency.cached_probe import CachedProbe
from tests.unit.fakes.clock import FakeClock

SECONDS = 0.5


class Looked:
    """Sees how often it has looked, once it may; fails where it is told to."""

    def __init__(self) -> None:
        self.count = 0
        self.may_see = asyncio.Event()
        self.may_see.set()
        self.fails = False

    async def __call__(self) -> int:
        self.count += 1
        seen = self.count
        await self.may_see.wait()
        if self.fails:
            raise LookupError(seen)
        return seen


async def test_what_was_seen_is_told_again_until_it_is_old() -> None:
    looked, clock = Looked(), FakeClock()
    seen = CachedProbe(looked, clock=clock, ttl_seconds=SECONDS)
    assert [await seen(), await seen()] == [1, 1]
    clock.advance(SECONDS - 0.01)
    assert await seen() == 1
    clock.advance(0.01)
    assert [await seen(), await seen()] == [2, 2]


async def test_a_clock_that_is_set_back_makes_nothing_last() -> None:
    looked, clock = Looked(), FakeClock()
    seen = CachedProbe(looked, clock=clock, ttl_seconds=SECONDS)
    await seen()
    clock.advance(-3600)
    assert await seen() == 2


async def test_it_is_as_old_as_the_end_of_the_look() -> None:
    looked, clock = Looked(), FakeClock()
    seen = CachedProbe(looked, clock=clock, ttl_seconds=SECONDS)
    looked.may_see.clear()
    asked = asyncio.create_task(seen())
    await asyncio.sleep(0)
    clock.advance(10)
    looked.may_see.set()
    assert [await asked, await seen()] == [1, 1]


async def test_all_who_come_while_it_looks_have_what_it_sees() -> None:
    looked = Looked()
    seen = CachedProbe(looked, clock=FakeClock(), ttl_seconds=SECONDS)
    looked.may_see.clear()
    asked = [asyncio.create_task(seen()) for _ in range(100)]
    await asyncio.sleep(0)
    assert looked.count == 1
    looked.may_see.set()
    assert await asyncio.gather(*asked) == [1] * 100


async def test_one_who_goes_away_while_looking_leaves_it_to_the_next() -> None:
    looked = Looked()
    seen = CachedProbe(looked, clock=FakeClock(), ttl_seconds=SECONDS)
    looked.may_see.clear()
    impatient, patient = asyncio.create_task(seen()), asyncio.create_task(seen())
    await asyncio.sleep(0)
    impatient.cancel()
    looked.may_see.set()
    assert await patient == 2
    assert impatient.cancelled()


async def test_a_failure_is_told_and_not_kept() -> None:
    looked = Looked()
    seen = CachedProbe(looked, clock=FakeClock(), ttl_seconds=SECONDS)
    looked.fails = True
    with pytest.raises(LookupError):
        await seen()
    looked.fails = False
    assert await seen() == 2
