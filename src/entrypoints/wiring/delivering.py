"""Delivers events to webhooks: in workers, or in the serving process when there is no Redis and so no worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from application.concurrency.waiting import wait_until_set
from entrypoints.settings.settings import Settings
from entrypoints.settings.webhook_secret import webhook_secret
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.local_jobs import START_AFTER_SECONDS
from entrypoints.wiring.on_first_use import ready
from entrypoints.wiring.unused_database import until_used

log = structlog.get_logger()


@asynccontextmanager
async def delivering_webhooks(
    settings: Settings, container: ApplicationContainer, *, after_seconds: float = 0.0
) -> AsyncIterator[None]:
    """Deliver inside the block. Without the secret that the API has, which it needs to sign, say so and do nothing."""
    try:
        webhook_secret(settings)
    except SystemExit as error:
        log.warning("webhooks_not_delivered", reason=str(error))
        yield
        return
    stop = asyncio.Event()
    delivering = asyncio.create_task(_deliver(settings, container, stop, after_seconds))
    try:
        yield
    finally:
        stop.set()
        await delivering


@asynccontextmanager
async def delivering_locally(settings: Settings, container: ApplicationContainer) -> AsyncIterator[None]:
    """Deliver inside the block where there is no Redis; with Redis, workers deliver."""
    if container.redis() is not None:
        yield
        return
    async with delivering_webhooks(settings, container, after_seconds=START_AFTER_SECONDS):
        yield


async def _deliver(
    settings: Settings, container: ApplicationContainer, stop: asyncio.Event, after_seconds: float
) -> None:
    await wait_until_set(stop, after_seconds)
    await until_used(settings, stop)
    if stop.is_set():
        return
    from adapters.public_http.event_sender import HttpEventSender  # noqa: PLC0415 -- until then, nobody has webhooks

    webhooks = await ready(container.webhooks)
    async with HttpEventSender(allows_private_networks=settings.webhooks_to_private_networks) as sender:
        await webhooks.deliver(deliver=webhooks.deliver_batch(sender=sender)).run(stop)
