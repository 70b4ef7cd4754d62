"""Background jobs in the process that serves, where there is no Redis to pass them to workers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from application.concurrency.waiting import wait_until_set
from entrypoints.wiring.application import ApplicationContainer

# The first conversions have the processor to themselves.
START_AFTER_SECONDS = 1.0


@asynccontextmanager
async def running_local_jobs(container: ApplicationContainer) -> AsyncIterator[None]:
    """Schedule and run jobs inside the block; with Redis do nothing, since workers do."""
    if container.redis() is not None:
        yield
        return
    stop = asyncio.Event()
    scheduling = asyncio.create_task(_schedule(container, stop))
    try:
        yield
    finally:
        stop.set()
        await scheduling


async def _schedule(container: ApplicationContainer, stop: asyncio.Event) -> None:
    await wait_until_set(stop, START_AFTER_SECONDS)
    await container.jobs().scheduler(queue=container.jobs().local_queue()).run(stop)
