"""`crossrate worker` and `crossrate scheduler`: each runs until SIGTERM or SIGINT."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
import uvloop

from domain.errors import DatabaseUnavailable
from entrypoints.settings.places import redis_place
from entrypoints.settings.settings import Settings
from entrypoints.stop_signals import deliver_stop_signals, held_back_stop_signals
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.delivering import delivering_webhooks
from entrypoints.wiring.job_stream import JobStreamContainer
from entrypoints.wiring.running import background_task, finishing_task, running
from entrypoints.worker.status_server import serving_status

# How long steps of clearing may take after the worker is asked to stop: as long as jobs, and less than Docker waits.
GRACE_SECONDS = 15.0

Role = Callable[[Settings, ApplicationContainer, JobStreamContainer, asyncio.Event], Awaitable[None]]

log = structlog.get_logger()


def run_worker(settings: Settings) -> None:
    """Run the jobs that schedulers enqueue. Raises `OSError` when the status port cannot be listened on."""
    with held_back_stop_signals():
        uvloop.run(_run("worker", settings, _work))


def run_scheduler(settings: Settings) -> None:
    """Enqueue jobs when they are due. Raises `OSError` when the status port cannot be listened on."""
    with held_back_stop_signals():
        uvloop.run(_run("scheduler", settings, _schedule))


async def _run(name: str, settings: Settings, role: Role) -> None:
    stop = _stop_signal()
    async with running(settings) as container, serving_status(settings, container):
        log.info("process_started", process=name, pairs=settings.quote_pairs, queue=redis_place(settings))
        stream = JobStreamContainer(core=container.core(), jobs=container.jobs(), redis=container.redis(), stop=stop)
        await role(settings, container, stream, stop)
    log.info("process_stopped", process=name)


async def _work(
    settings: Settings, container: ApplicationContainer, stream: JobStreamContainer, stop: asyncio.Event
) -> None:
    with suppress(DatabaseUnavailable):  # opening it now leaves the first job its whole timeout
        async with container.storage().database().reading():
            pass
    async with (
        background_task(_stop_retrying(container, stop)),
        background_task(container.market_data().run_feeds().run()),  # to follow: only an API process leads
        finishing_task(container.orders().clearing_loop().run(stop), stop, GRACE_SECONDS),
        delivering_webhooks(settings, container),
    ):
        await stream.worker().work(stop)


async def _stop_retrying(container: ApplicationContainer, stop: asyncio.Event) -> None:
    await stop.wait()
    container.jobs().runner().stop_retrying()


async def _schedule(_: Settings, __: ApplicationContainer, stream: JobStreamContainer, stop: asyncio.Event) -> None:
    try:
        await stream.scheduler().run(stop)
    finally:
        await stream.queue().close()


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    deliver_stop_signals()
    return stop
