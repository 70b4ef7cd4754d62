"""Webhooks and deliveries in dictionaries, and what sends to receivers in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from application.webhooks.ports.deliveries import Deliveries
from application.webhooks.ports.event_sender import EventSender
from application.webhooks.ports.webhook_meter import WebhookMeter
from application.webhooks.ports.webhooks import Webhooks
from domain.webhooks.delivery import Answer, Delivery, DeliveryStatus
from domain.webhooks.event import Event
from domain.webhooks.url import WebhookUrl
from domain.webhooks.webhook import Webhook


@dataclass
class WebhookRows:
    """The rows of both tables, and who leases a webhook until when."""

    webhooks: dict[UUID, Webhook] = field(default_factory=dict)
    leases: dict[UUID, tuple[str, float]] = field(default_factory=dict)
    deliveries: dict[int, Delivery] = field(default_factory=dict)


class FakeWebhooks(Webhooks):
    def __init__(self, rows: WebhookRows) -> None:
        self._rows = rows

    async def add(self, webhook: Webhook) -> None:
        self._rows.webhooks[webhook.id] = webhook
        self._rows.leases[webhook.id] = ("", webhook.created_at)

    async def find(self, user_id: UUID, webhook_id: UUID) -> Webhook | None:
        return next((each for each in await self.list_by_user(user_id) if each.id == webhook_id), None)

    async def list_by_user(self, user_id: UUID) -> list[Webhook]:
        owned = [each for each in self._rows.webhooks.values() if each.user_id == user_id]
        return sorted(owned, key=lambda each: (each.created_at, each.id))

    async def save(self, webhook: Webhook) -> None:
        self._rows.webhooks[webhook.id] = webhook

    async def delete(self, user_id: UUID, webhook_id: UUID) -> bool:
        if await self.find(user_id, webhook_id) is None:
            return False
        del self._rows.webhooks[webhook_id]
        for number in [each.number for each in self._rows.deliveries.values() if each.webhook_id == webhook_id]:
            del self._rows.deliveries[number]
        return True

    async def have_due(self, now: float) -> bool:
        return bool(self._due(now))

    async def lease(self, holder: str, now: float, until: float, most: int, *, slow: bool) -> list[Webhook]:
        due = [each for each in self._due(now) if (each.is_slow or each.is_failing) is slow]
        leased = sorted(due, key=lambda each: (self._rows.leases[each.id][1], each.id))[:most]
        for each in leased:
            self._rows.leases[each.id] = (holder, until)
        return leased

    async def save_leased(self, webhook: Webhook, holder: str, until: float) -> bool:
        if webhook.id not in self._rows.webhooks or self._rows.leases[webhook.id][0] != holder:
            return False
        self._rows.webhooks[webhook.id] = webhook
        self._rows.leases[webhook.id] = (holder, until)
        return True

    def _due(self, now: float) -> list[Webhook]:
        waiting = {each.webhook_id for each in self._rows.deliveries.values() if _is_due(each, now)}
        return [
            each
            for each in self._rows.webhooks.values()
            if each.id in waiting
            and each.disabled_at is None
            and each.resumes_at <= now
            and self._rows.leases[each.id][1] <= now
        ]


class FakeDeliveries(Deliveries):
    def __init__(self, rows: WebhookRows) -> None:
        self._rows = rows

    async def add(self, events: Sequence[Event]) -> None:
        known = {(each.webhook_id, each.event_id) for each in self._rows.deliveries.values()}
        for webhook in self._rows.webhooks.values():
            for event in events:
                is_asked_for = event.user_id == webhook.user_id and event.type in webhook.events
                if is_asked_for and webhook.disabled_at is None and (webhook.id, event.id) not in known:
                    self._add(webhook, event)

    async def list_due(self, webhook_id: UUID, now: float, most: int) -> list[Delivery]:
        due = [each for each in self._rows.deliveries.values() if each.webhook_id == webhook_id and _is_due(each, now)]
        return sorted(due, key=lambda each: (each.next_attempt_at or 0, each.number))[:most]

    async def save(self, deliveries: Sequence[Delivery]) -> None:
        for each in deliveries:
            kept = self._rows.deliveries.get(each.number)
            if kept is not None and kept.next_attempt_at is not None:
                self._rows.deliveries[each.number] = each

    async def list_page(
        self, webhook_id: UUID, status: DeliveryStatus | None, before: int | None, most: int
    ) -> list[Delivery]:
        found = [
            each
            for each in self._rows.deliveries.values()
            if each.webhook_id == webhook_id
            and status in {None, each.status}
            and (before is None or each.number < before)
        ]
        return sorted(found, key=lambda each: -each.number)[:most]

    async def give_up(self, webhook_id: UUID, until: float, most: int) -> int:
        pending = [
            each
            for each in self._rows.deliveries.values()
            if each.webhook_id == webhook_id and each.next_attempt_at is not None and each.created_at <= until
        ][:most]
        for each in pending:
            self._rows.deliveries[each.number] = replace(each, status=DeliveryStatus.FAILED, next_attempt_at=None)
        return len(pending)

    async def delete_of(self, webhook_id: UUID, most: int) -> int:
        found = sorted(each.number for each in self._rows.deliveries.values() if each.webhook_id == webhook_id)[:most]
        for number in found:
            del self._rows.deliveries[number]
        return len(found)

    async def delete_of_user(self, user_id: UUID, most: int) -> int:
        webhooks = {each.id for each in self._rows.webhooks.values() if each.user_id == user_id}
        found = [each.number for each in self._rows.deliveries.values() if each.webhook_id in webhooks][:most]
        for number in found:
            del self._rows.deliveries[number]
        return len(found)

    async def delete_ended(self, before: float, most: int) -> int:
        ended = [
            each for each in self._rows.deliveries.values() if each.next_attempt_at is None and each.created_at < before
        ]
        oldest = sorted(ended, key=lambda each: each.created_at)[:most]
        for each in oldest:
            del self._rows.deliveries[each.number]
        return len(oldest)

    def _add(self, webhook: Webhook, event: Event) -> None:
        number = max(self._rows.deliveries, default=0) + 1
        self._rows.deliveries[number] = Delivery(
            number, webhook.id, event.id, event.type, event.body, event.at, next_attempt_at=event.at
        )


def _is_due(delivery: Delivery, now: float) -> bool:
    return delivery.next_attempt_at is not None and delivery.next_attempt_at <= now


class FakeEventSender(EventSender):
    """Answers with `answers` by URL, 200 where there is none, and keeps what it got."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []

    async def send(self, url: WebhookUrl, headers: Mapping[str, str], body: bytes) -> Answer:
        self.sent.append((url, headers, body))
        return self.answers.get(url, Answer(200))


class FakeWebhookMeter(WebhookMeter):
    def __init__(self) -> None:
        self.attempts: list[bool] = []
        self.failed = 0
        self.disabled = 0

    def attempt_ended(self, *, is_accepted: bool) -> None:
        self.attempts.append(is_accepted)

    def deliveries_failed(self, count: int) -> None:
        self.failed += count

    def webhook_disabled(self) -> None:
        self.disabled += 1
