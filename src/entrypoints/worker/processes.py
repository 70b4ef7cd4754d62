"""`crossrate worker` and `crossrate scheduler`: processes of their own, until a SIGTERM or SIGINT."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
import uvloop

from adapters.taskiq.job_queue import Tasks
from adapters.taskiq.stream_broker import ReclaimingStreamBroker
from application.quotes.hourly_job import HourlyJob
from domain.errors import DatabaseUnavailable
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.running import running, running_beside
from entrypoints.worker.scheduling import schedule
from entrypoints.worker.status_server import telling
from entrypoints.worker.working import work

Doing = Callable[[ApplicationContainer, ReclaimingStreamBroker, asyncio.Event], Awaitable[None]]

log = structlog.get_logger()


def run_worker(settings: Settings) -> None:
    """Do what is asked for through Redis. Raises `OSError` when the port for health cannot be had."""
    uvloop.run(_run("worker", settings, _work))


def run_scheduler(settings: Settings) -> None:
    """Ask for what is due, through Redis. Raises `OSError` when the port for health cannot be had."""
    uvloop.run(_run("scheduler", settings, _schedule))


async def _run(name: str, settings: Settings, do: Doing) -> None:
    assert settings.redis_url is not None, "there is nothing to work through without Redis"  # noqa: S101
    stop = _told_to_stop()
    broker = ReclaimingStreamBroker(settings.redis_url.get_secret_value(), settings.jobs_abandoned_after_seconds, stop)
    async with running(settings) as container, telling(settings, container):
        log.info("process_started", process=name, pairs=settings.quote_pairs)
        await do(container, broker, stop)
    log.info("process_stopped", process=name)


async def _work(container: ApplicationContainer, broker: ReclaimingStreamBroker, stop: asyncio.Event) -> None:
    job = container.quotes().job()
    Tasks(broker, job)
    with suppress(DatabaseUnavailable):  # opened before there is work, not within the time that the first job has
        async with container.storage().database().reading():
            pass
    async with running_beside(_end_with(job, stop)):
        await work(broker, stop)


async def _end_with(job: HourlyJob, stop: asyncio.Event) -> None:
    await stop.wait()
    job.end()


async def _schedule(container: ApplicationContainer, broker: ReclaimingStreamBroker, stop: asyncio.Event) -> None:
    try:
        await schedule(container.quotes().schedule(queue=Tasks(broker)), stop)
    finally:
        await broker.shutdown()


def _told_to_stop() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
