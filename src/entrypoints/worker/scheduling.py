"""A scheduler: looks each minute what is due, until it is told to stop."""

import asyncio

import structlog

from application.quotes.schedule_hours import ScheduleHours
from entrypoints.worker.waiting import wait_for

log = structlog.get_logger()


async def schedule(tick: ScheduleHours, stop: asyncio.Event) -> None:
    """Look at once, and then as each minute begins."""
    while not stop.is_set():
        try:
            await tick()
        except Exception:  # a scheduler that ends is one that is missing
            log.exception("tick_failed", job="record_hour")
        await wait_for(stop, tick.seconds_to_next())
