"""Runs background jobs in the serving process when there is no Redis to pass them to workers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from application.concurrency.waiting import wait_until_set
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.on_first_use import ready
from entrypoints.wiring.unused_database import needs_database_at_once, until_used

# Leaves the processor to the first conversions.
START_AFTER_SECONDS = 1.0


@asynccontextmanager
async def running_local_jobs(container: ApplicationContainer) -> AsyncIterator[None]:
    """Schedule and run jobs, and clear orders, inside the block. With Redis do nothing: workers do it."""
    if container.redis() is not None:
        yield
        return
    stop = asyncio.Event()
    working = [asyncio.create_task(_schedule(container, stop)), asyncio.create_task(_clear(container, stop))]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait(working)


async def _schedule(container: ApplicationContainer, stop: asyncio.Event) -> None:
    await wait_until_set(stop, START_AFTER_SECONDS)
    if not needs_database_at_once(container.settings()):
        await until_used(container.settings(), stop)
    if not stop.is_set():
        jobs = await ready(container.jobs)
        await jobs.scheduler(queue=jobs.local_queue()).run(stop)


async def _clear(container: ApplicationContainer, stop: asyncio.Event) -> None:
    await wait_until_set(stop, START_AFTER_SECONDS)
    await until_used(container.settings(), stop)
    if not stop.is_set():
        orders = await ready(container.orders)
        await orders.clearing_loop().run(stop)
