"""A worker that is asked to stop finishes what it has begun to buy."""

import asyncio
from typing import cast

import aiohttp
import pytest
from dependency_injector import providers

from application.orders import clear_orders
from application.orders.clearing_loop import ClearingLoop
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.job_stream import JobStreamContainer
from entrypoints.worker import processes
from tests.unit.application.orders.harness import Orders
from tests.unit.application.orders.test_clearing_loop import Slow


class NoJobs:
    """A stream without messages, and its worker."""

    def worker(self) -> "NoJobs":
        return self

    async def work(self, stop: asyncio.Event) -> None:
        await stop.wait()


async def test_a_purchase_under_way_is_finished_before_the_worker_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clear_orders, "STEP_SECONDS", 0.01)
    venue = Slow()
    house, stop = Orders(venue=venue), asyncio.Event()
    await house.order(await house.buyer(), "1")
    settings = Settings(_env_file=None, feeds="off")
    container = ApplicationContainer(
        settings=settings, sessions=dict.fromkeys(settings.called_urls, aiohttp.ClientSession)
    )
    container.storage().database.override(providers.Object(house.database))
    container.orders().clearing_loop.override(providers.Object(ClearingLoop(house.workers[0], interval_seconds=0.01)))
    worker = asyncio.create_task(processes._work(settings, container, cast("JobStreamContainer", NoJobs()), stop))
    async with asyncio.timeout(5):
        while not venue.placed:  # noqa: ASYNC110 -- the venue tells of no event
            await asyncio.sleep(0.001)
        stop.set()
        await asyncio.sleep(0.05)
        assert not worker.done()
        venue.released.set()
        await worker
    [batch] = await house.batches()
    assert batch.received > 0
    assert not venue.is_cancelled
