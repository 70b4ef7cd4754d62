"""Streams fail for some seconds in every way that a connection shows; `make soak.feeds` does so for ten minutes."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp

from tests.resilience.streaming import ALL_EXCHANGES, HONEST, OUT_OF_ORDER, SILENT, Run, running_streams

SEED = 13
SECONDS_EACH = 0.4


async def test_answers_over_failing_streams_are_right_and_no_older_than_they_say() -> None:
    async with aiohttp.ClientSession() as client, running_streams(client, SEED) as run:
        chosen = [SILENT[0], *(fault for fault in HONEST if fault not in (*SILENT, OUT_OF_ORDER))]
        faults = run.chance.sample(chosen, len(chosen))
        await run.asked_while(4, 15, fail_everywhere(run, faults))
        run.check()
        assert sum(asked.status == 200 for asked in run.answers) > 100


async def fail_everywhere(run: Run, faults: Sequence[Mapping[str, Any]]) -> None:
    async with asyncio.TaskGroup() as group:
        for place, exchange in enumerate(ALL_EXCHANGES):  # each goes on with another one
            group.create_task(fail(run, exchange, [OUT_OF_ORDER, *faults[3 * place :], *faults[: 3 * place]]))


async def fail(run: Run, exchange: str, faults: Sequence[Mapping[str, Any]]) -> None:
    for fault in faults:
        if exchange == "binance" or fault["kind"] != "server_shutdown":
            await run.fails(exchange, fault, SECONDS_EACH)
            await asyncio.sleep(SECONDS_EACH / 2)
