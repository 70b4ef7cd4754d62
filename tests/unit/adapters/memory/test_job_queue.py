"""Jobs in this process: one run at a time for the same arguments, cancelled when the queue is closed."""

import asyncio

from adapters.memory.job_queue import MemoryJobQueue
from application.jobs.ports.job_queue import JobArguments
from tests.unit.application.market_data.waiting import settled

BTC_USD: JobArguments = {"pair": "BTC/USD", "hour": 1}
ETH_USDT: JobArguments = {"pair": "ETH/USDT", "hour": 1}


async def test_one_run_with_the_same_arguments_is_under_way_at_a_time() -> None:
    started: list[JobArguments] = []
    gate = asyncio.Event()

    async def run(job: str, arguments: JobArguments) -> None:
        assert job == "record_hour"
        started.append(arguments)
        await gate.wait()

    queue = MemoryJobQueue(run)
    for _ in range(3):
        await queue.enqueue("record_hour", BTC_USD)
    await queue.enqueue("record_hour", ETH_USDT)
    await settled()
    assert started == [BTC_USD, ETH_USDT]
    gate.set()
    await settled()
    await queue.enqueue("record_hour", BTC_USD)
    await settled()
    assert started == [BTC_USD, ETH_USDT, BTC_USD]
    await queue.close()


async def test_what_is_under_way_ends_with_the_queue() -> None:
    ended: list[JobArguments] = []

    async def run(_: str, arguments: JobArguments) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(arguments)

    queue = MemoryJobQueue(run)
    await queue.enqueue("record_hour", BTC_USD)
    await settled()
    await queue.close()
    assert ended == [BTC_USD]
