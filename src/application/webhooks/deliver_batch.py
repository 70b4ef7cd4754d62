"""Send what is due for one webhook, and store what came of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from application.ports.clock import Clock
from application.ports.database import Database
from application.webhooks.ports.event_sender import EventSender
from application.webhooks.ports.repositories import WebhooksRepositories
from application.webhooks.ports.secret_sealer import SecretSealer
from application.webhooks.ports.webhook_meter import WebhookMeter
from application.webhooks.record_events import record_event
from domain.webhooks.delivery import Answer, Delivery, DeliveryStatus
from domain.webhooks.event import EventType
from domain.webhooks.webhook import Webhook

# Of one webhook, sent at the same time; of one that fails, a single one, to see whether it still does.
MOST_AT_ONCE = 10

# Deliveries in one transaction, where all of a webhook end or are deleted: a user can have made millions, and on SQLite
# nobody else writes meanwhile.
MOST_IN_A_TRANSACTION = 1000

UNREADABLE = Answer(None, "the service can no longer read the secret; create the webhook anew")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Batch:
    """The webhook after the batch, and whether more may be due right now."""

    webhook: Webhook
    may_have_more: bool


class DeliverBatch:
    """Sends outside any transaction, so an event may arrive again after a crash, and never gets lost."""

    def __init__(
        self,
        *,
        database: Database[WebhooksRepositories],
        sender: EventSender,
        sealer: SecretSealer,
        clock: Clock,
        meter: WebhookMeter,
    ) -> None:
        self._database = database
        self._sender = sender
        self._sealer = sealer
        self._clock = clock
        self._meter = meter

    async def __call__(self, webhook: Webhook, holder: str, lease_until: float) -> Batch:
        """Deliver to a leased webhook, and lease it until then if there may be more, otherwise release it."""
        most = 1 if webhook.is_failing else MOST_AT_ONCE
        async with self._database.reading() as unit:
            due = await unit.deliveries.list_due(webhook.id, self._clock.now(), most)
        answers = await self._sent(webhook, due)
        now = self._clock.now()
        attempted = [each.attempted(answer, now) for each, answer in zip(due, answers, strict=True)]
        after = _after(webhook, answers, now)
        may_have_more = len(due) == most and not after.is_failing
        is_ours = await self._store(after, attempted, holder, lease_until if may_have_more else now)
        return Batch(after, may_have_more and is_ours)

    async def _sent(self, webhook: Webhook, due: Sequence[Delivery]) -> list[Answer]:
        secret = self._sealer.open(webhook.sealed_secret, webhook.id)
        if secret is None:
            return [UNREADABLE for _ in due]

        async def sent(delivery: Delivery) -> Answer:
            body = delivery.body.encode()
            signed = secret.headers(delivery.event_id, body, int(self._clock.now()))
            answer = await self._sender.send(webhook.url, signed, body)
            self._meter.attempt_ended(is_accepted=answer.is_accepted)
            return answer

        async with asyncio.TaskGroup() as sending:
            tasks = [sending.create_task(sent(each)) for each in due]
        return [task.result() for task in tasks]

    async def _store(self, webhook: Webhook, attempted: Sequence[Delivery], holder: str, until: float) -> bool:
        """Store it, and return whether the lease was still ours."""

        async def work(unit: WebhooksRepositories) -> bool:
            is_ours = await unit.webhooks.save_leased(webhook, holder, until)
            await unit.deliveries.save(attempted)
            if is_ours and webhook.disabled_at is not None:
                await record_event(unit, *_disabled(webhook, webhook.disabled_at))
            return is_ours

        is_ours = await self._database.write(work)
        self._meter.deliveries_failed(sum(each.status is DeliveryStatus.FAILED for each in attempted))
        if is_ours and webhook.disabled_at is not None:
            self._meter.webhook_disabled()
            log.warning("webhook_disabled", webhook=str(webhook.id), reason=webhook.reason)
            await self._give_up(webhook.id, webhook.disabled_at)
        return is_ours

    async def _give_up(self, webhook_id: UUID, until: float) -> None:
        """End what is pending, but for events since then: the user may have enabled the webhook again."""
        given_up = MOST_IN_A_TRANSACTION
        while given_up == MOST_IN_A_TRANSACTION:
            given_up = await self._database.write(
                lambda unit: unit.deliveries.give_up(webhook_id, until, MOST_IN_A_TRANSACTION)
            )
            self._meter.deliveries_failed(given_up)


def _after(webhook: Webhook, answers: Sequence[Answer], now: float) -> Webhook:
    """Return the webhook after these answers. A receiver that accepted any of them is there."""
    accepted = [each for each in answers if each.is_accepted]
    gone = next((each for each in answers if each.is_gone), None)
    if gone is not None:
        return webhook.failed(str(gone), now, is_gone=True)
    if accepted:
        return webhook.succeeded(max(each.seconds for each in answers))
    return webhook.failed(str(answers[0]), now) if answers else webhook


def _disabled(webhook: Webhook, now: float) -> tuple[EventType, UUID, dict[str, object], float]:
    data: dict[str, object] = {"webhook_id": str(webhook.id), "url": webhook.url.origin, "reason": webhook.reason}
    return EventType.WEBHOOK_DISABLED, webhook.user_id, data, now
