"""Work in the background inside the process that serves, where there is no Redis to have it done elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.worker.scheduling import schedule
from entrypoints.worker.waiting import wait_for

# The first conversions have the processors to themselves.
BEGIN_AFTER_SECONDS = 1.0


@asynccontextmanager
async def jobs_done_here(settings: Settings, container: ApplicationContainer) -> AsyncIterator[None]:
    """Schedule the work and do it meanwhile, if it is for this process to do."""
    if settings.redis_url is not None or not settings.quote_pairs:
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
    await wait_for(stop, BEGIN_AFTER_SECONDS)
    quotes = container.quotes()
    await schedule(quotes.schedule(queue=quotes.local_queue()), stop)
