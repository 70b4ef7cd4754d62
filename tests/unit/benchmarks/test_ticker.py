"""Stalls of an event loop are measured from inside."""

import asyncio
import time

from benchmarks.ticker import Ticker


async def test_a_stall_of_the_loop_is_measured() -> None:
    async with Ticker() as ticker:
        time.sleep(0.02)  # noqa: ASYNC251 -- the stall itself
    assert ticker.longest_stall_ms >= 15


async def test_the_longest_of_several_stalls_counts() -> None:
    async with Ticker() as ticker:
        for seconds in (0.001, 0.03, 0.001):
            time.sleep(seconds)  # noqa: ASYNC251 -- the stall itself
            await asyncio.sleep(0)
    assert ticker.longest_stall_ms >= 25
