"""A worker: takes messages from the stream and does what they ask for, until it is told to stop."""

import asyncio

import structlog
from taskiq import AsyncBroker
from taskiq.receiver import Receiver

from entrypoints.worker.waiting import wait_for

# Of each worker, at once. Each may hold a connection to the database.
MOST_TASKS = 4

# After a SIGTERM, for the work under way.
GRACE_SECONDS = 15.0

REST_SECONDS = 1.0

log = structlog.get_logger()


async def work(broker: AsyncBroker, stop: asyncio.Event) -> None:
    """Work until `stop` is set, and end what is under way; without Redis, wait until it is there."""
    broker.is_worker_process = True
    try:
        while not stop.is_set():
            receiver = Receiver(broker, run_startup=False, max_async_tasks=MOST_TASKS, wait_tasks_timeout=GRACE_SECONDS)
            try:
                await receiver.listen(stop)
            except Exception as error:  # noqa: BLE001 -- whatever it is: a worker that ends is one that is missing
                log.warning("worker_interrupted", reason=_kind_of(error))
                await wait_for(stop, REST_SECONDS)
    finally:
        await broker.shutdown()


def _kind_of(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return type(error).__name__
