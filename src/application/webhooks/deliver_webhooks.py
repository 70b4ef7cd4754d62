"""Deliver events to webhooks for as long as the process runs, beside any number of other processes."""

import asyncio
from secrets import token_hex

import structlog

from application.concurrency.waiting import wait_until_set
from application.ports.clock import Clock
from application.ports.database import Database
from application.webhooks.deliver_batch import DeliverBatch
from application.webhooks.ports.repositories import WebhooksRepositories
from domain.errors import DatabaseUnavailable
from domain.webhooks.webhook import Webhook

POLL_SECONDS = 1.0

# Webhooks at the same time in one process. Those that fail or are slow have places of their own, so that however many
# they are, they never take those of the others.
FAST_PLACES, SLOW_PLACES = 32, 16

# Longer than sending a batch and storing what came of it. Another process takes over after a crash.
LEASE_SECONDS = 60.0
# How long one webhook may keep its place, before others have their turn.
MOST_SECONDS = 20.0

# For deliveries under way when the process stops. What is cancelled is sent again.
GRACE_SECONDS = 2.0

log = structlog.get_logger()


class DeliverWebhooks:
    """Leases webhooks, one place each, and delivers to each on its own."""

    def __init__(self, *, database: Database[WebhooksRepositories], deliver: DeliverBatch, clock: Clock) -> None:
        self._database = database
        self._deliver = deliver
        self._clock = clock
        self._holder = token_hex(16)
        self._delivering: dict[bool, set[asyncio.Task[None]]] = {False: set(), True: set()}

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set."""
        try:
            while not stop.is_set():
                await self._begin_all()
                await wait_until_set(stop, POLL_SECONDS)
        finally:
            await self._end()

    async def step(self) -> bool:
        """Begin to deliver what is due, wait for it, and return whether there was anything."""
        await self._begin_all()
        under_way = set().union(*self._delivering.values())
        if under_way:
            await asyncio.wait(under_way)
        return bool(under_way)

    async def _begin_all(self) -> None:
        try:
            async with self._database.reading() as unit:
                if not await unit.webhooks.have_due(self._clock.now()):
                    return
            for slow, places in ((False, FAST_PLACES), (True, SLOW_PLACES)):
                await self._begin(slow=slow, most=places - len(self._delivering[slow]))
        except DatabaseUnavailable as error:
            log.warning("webhooks_not_leased", reason=str(error))
        except Exception:  # a bug must not end the deliveries of all
            log.exception("webhooks_not_leased")

    async def _begin(self, *, slow: bool, most: int) -> None:
        if most <= 0:
            return
        now = self._clock.now()

        async def lease(unit: WebhooksRepositories) -> list[Webhook]:
            return await unit.webhooks.lease(self._holder, now, now + LEASE_SECONDS, most, slow=slow)

        under_way = self._delivering[slow]
        for webhook in await self._database.write(lease):
            task = asyncio.create_task(self._serve(webhook))
            under_way.add(task)
            task.add_done_callback(under_way.discard)

    async def _serve(self, webhook: Webhook) -> None:
        started = self._clock.now()
        try:
            may_have_more = True
            while may_have_more:
                now = self._clock.now()
                is_last = now - started >= MOST_SECONDS
                batch = await self._deliver(webhook, self._holder, now if is_last else now + LEASE_SECONDS)
                webhook, may_have_more = batch.webhook, batch.may_have_more and not is_last
        except DatabaseUnavailable as error:  # the lease expires, and what was sent is sent again
            log.warning("webhook_delivery_failed", webhook=str(webhook.id), reason=str(error))
        except Exception:
            log.exception("webhook_delivery_failed", webhook=str(webhook.id))

    async def _end(self) -> None:
        under_way = set().union(*self._delivering.values())
        if not under_way:
            return
        _, late = await asyncio.wait(under_way, timeout=GRACE_SECONDS)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
