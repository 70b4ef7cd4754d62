"""`make soak.feeds`: every kind of fault on all exchanges' streams for ten minutes, every answer checked.

Not collected by itself. `CROSSRATE_TEST_SOAK_SEED` repeats a run; every run prints its own.
"""

import asyncio
import os
import random
import time

import aiohttp
import pytest

from tests.resilience.streaming import ALL_EXCHANGES, BURST, FOUND_WITHIN_SECONDS, HIDDEN, HONEST, Run, running_streams

SECONDS = 60 * float(os.environ.get("CROSSRATE_TEST_SOAK_MINUTES") or 10)
SEED = int(os.environ.get("CROSSRATE_TEST_SOAK_SEED") or random.SystemRandom().randrange(10**6))

# A fault that only a snapshot shows lasts until the next one or two, or ends before it.
LONGEST_HIDDEN_SECONDS = 2 * FOUND_WITHIN_SECONDS
LONGEST_SECONDS = 5.0
HIDDEN_SHARE = 0.1


@pytest.mark.timeout(0)
async def test_every_answer_over_failing_streams_is_right_and_no_older_than_it_says() -> None:
    print(f"\nseed {SEED}, {SECONDS:.0f} s")  # noqa: T201 -- shows progress during ten minutes
    async with aiohttp.ClientSession() as client, running_streams(client, SEED) as run:
        await run.asked_while(4, 10, fail_everywhere(run, time.monotonic() + SECONDS))
        print(f"{len(run.answers)} answers over {dict(run.done)}")  # noqa: T201 -- as above
        run.check()


async def fail_everywhere(run: Run, until: float) -> None:
    async with asyncio.TaskGroup() as group:
        for exchange in ALL_EXCHANGES:
            group.create_task(fail(run, exchange, until))


async def fail(run: Run, exchange: str, until: float) -> None:
    chance = run.chance
    while time.monotonic() < until:
        if chance.random() < HIDDEN_SHARE:
            seconds = min(chance.uniform(1, LONGEST_HIDDEN_SECONDS), max(0, until - time.monotonic()))
            await run.fails(exchange, chance.choice(HIDDEN), seconds)
        fault = chance.choice((*HONEST, BURST))
        if exchange == "binance" or fault["kind"] != "server_shutdown":
            await run.fails(exchange, fault, chance.uniform(0.2, LONGEST_SECONDS))
        await asyncio.sleep(chance.uniform(0, LONGEST_SECONDS))
