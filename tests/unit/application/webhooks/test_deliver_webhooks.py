"""Events are signed and delivered at least once, by any number of processes, and no receiver delays another."""

import asyncio
import json
from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest

from adapters.cryptography.webhook_secrets import AesGcmSecretSealer
from application.webhooks.deliver_batch import DeliverBatch
from application.webhooks.deliver_webhooks import FAST_PLACES, LEASE_SECONDS, SLOW_PLACES, DeliverWebhooks
from application.webhooks.ports.repositories import WebhooksRepositories
from application.webhooks.record_events import record_event, record_events
from domain.webhooks.delivery import Answer, Delivery, DeliveryStatus
from domain.webhooks.event import Event, EventType
from domain.webhooks.signature import WebhookSecret
from domain.webhooks.url import WebhookUrl
from domain.webhooks.webhook import DAY_SECONDS, Webhook
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.webhooks import FakeEventSender, FakeWebhookMeter
from tests.waiting import eventually

ADA, GRACE = uuid4(), uuid4()
SECRET = WebhookSecret(b"0123456789abcdef01234567")
SETTLED = EventType.ORDER_SETTLED
ASKED_FOR = frozenset({SETTLED, EventType.WEBHOOK_DISABLED})


class Outside:
    """The processes' surroundings: one database, one clock, and what they send to."""

    def __init__(self) -> None:
        self.database, self.clock, self.sender = FakeDatabase(), FakeClock(), FakeEventSender()
        self.meter, self.sealer = FakeWebhookMeter(), AesGcmSecretSealer(b"s" * 32)

    def process(self) -> DeliverWebhooks:
        deliver = DeliverBatch(
            database=self.database, sender=self.sender, sealer=self.sealer, clock=self.clock, meter=self.meter
        )
        return DeliverWebhooks(database=self.database, deliver=deliver, clock=self.clock)

    async def webhook(
        self,
        host: str = "example.com",
        *,
        user: UUID = ADA,
        events: frozenset[EventType] = ASKED_FOR,
        is_slow: bool = False,
    ) -> Webhook:
        webhook_id = uuid4()
        sealed = self.sealer.seal(SECRET, webhook_id)
        webhook = Webhook(webhook_id, user, WebhookUrl(f"https://{host}"), events, sealed, NOON, is_slow=is_slow)
        async with self.database.writing() as unit:
            await unit.webhooks.add(webhook)
        return webhook

    async def event(self, data: str = "x", *, user: UUID = ADA, event_id: UUID | None = None) -> None:
        async with self.database.writing() as unit:
            await record_event(unit, SETTLED, user, {"id": data}, self.clock.now(), event_id)

    def deliveries(self, webhook: Webhook) -> list[Delivery]:
        return [each for each in self.database.rows.webhooks.deliveries.values() if each.webhook_id == webhook.id]

    def now_of(self, webhook: Webhook) -> Webhook:
        return self.database.rows.webhooks.webhooks[webhook.id]


@pytest.fixture
def outside() -> Outside:
    return Outside()


async def test_an_event_is_sent_signed_to_every_webhook_of_its_user_that_asks_for_it(outside: Outside) -> None:
    await outside.webhook("one.example")
    await outside.webhook("two.example")
    await outside.webhook("other.example", user=GRACE)
    await outside.webhook("deposits.example", events=frozenset({EventType.WALLET_DEPOSIT}))
    await outside.event()
    assert await outside.process().step()
    assert {url for url, _, _ in outside.sender.sent} == {"https://one.example", "https://two.example"}
    (_, headers, body), (_, other, _) = outside.sender.sent
    assert headers == SECRET.headers(UUID(headers["webhook-id"]), body, int(NOON))
    assert headers["webhook-id"] == other["webhook-id"]
    assert body == b'{"type":"order.settled","timestamp":"2024-04-28T11:43:16.000Z","data":{"id":"x"}}'
    assert not await outside.process().step()


async def test_work_that_is_done_again_records_one_event(outside: Outside) -> None:
    webhook, event_id = await outside.webhook(), uuid4()
    await outside.event(event_id=event_id)
    await outside.event(event_id=event_id)
    assert len(outside.deliveries(webhook)) == 1


async def test_a_change_that_is_rolled_back_leaves_no_event(outside: Outside) -> None:
    webhook = await outside.webhook()

    async def fail(unit: WebhooksRepositories) -> None:
        await record_events(unit, [Event.of(SETTLED, ADA, {}, NOON)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await outside.database.write(fail)
    assert not outside.deliveries(webhook)


async def test_a_failed_event_is_sent_again_with_its_id_and_a_new_time(outside: Outside) -> None:
    webhook = await outside.webhook()
    outside.sender.answers[webhook.url] = Answer(None, "no answer within 10 seconds")
    await outside.event()
    process = outside.process()
    await process.step()
    (failed,) = outside.deliveries(webhook)
    assert (failed.status, failed.attempts, str(failed.answer)) == (
        DeliveryStatus.PENDING,
        1,
        "no answer within 10 seconds",
    )
    assert not await process.step()
    outside.sender.answers.clear()
    outside.clock.advance(6)
    await process.step()
    (first, second), (done,) = (headers for _, headers, _ in outside.sender.sent), outside.deliveries(webhook)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 6
    assert first["webhook-signature"] != second["webhook-signature"]
    assert (done.status, done.attempts) == (DeliveryStatus.DELIVERED, 2)
    assert not outside.now_of(webhook).is_failing
    assert outside.meter.attempts == [False, True]


async def test_a_webhook_that_fails_is_probed_with_one_event_and_gets_all_once_it_works(outside: Outside) -> None:
    webhook = await outside.webhook()
    outside.sender.answers[webhook.url] = Answer(503)
    await outside.event()
    process = outside.process()
    await process.step()
    for number in range(25):
        await outside.event(str(number))
    outside.clock.advance(6)
    await process.step()
    assert len(outside.sender.sent) == 2
    outside.sender.answers.clear()
    outside.clock.advance(30)
    await process.step()
    assert len(outside.sender.sent) == 28
    assert {each.status for each in outside.deliveries(webhook)} == {DeliveryStatus.DELIVERED}


async def test_after_a_day_of_failures_it_is_disabled_and_the_user_s_others_are_told(outside: Outside) -> None:
    dead, alive = await outside.webhook("dead.example/hooks/T0KEN"), await outside.webhook("alive.example")
    outside.sender.answers[dead.url] = Answer(None, "the connection was refused")
    await outside.event("first")
    process = outside.process()
    await process.step()
    outside.clock.advance(DAY_SECONDS)
    await outside.event("last")
    await process.step()
    disabled = outside.now_of(dead)
    assert disabled.disabled_at == NOON + DAY_SECONDS
    assert disabled.reason == "every attempt failed for a day; the last one: the connection was refused"
    assert {each.status for each in outside.deliveries(dead)} == {DeliveryStatus.FAILED}
    assert (outside.meter.disabled, outside.meter.failed) == (1, 2)
    await process.step()
    told = [each for each in outside.deliveries(alive) if each.type is EventType.WEBHOOK_DISABLED]
    assert [each.status for each in told] == [DeliveryStatus.DELIVERED]
    assert json.loads(told[0].body)["data"] == {
        "webhook_id": str(dead.id),
        "url": "https://dead.example",  # without the path, by which one receiver could post to another
        "reason": disabled.reason,
    }
    await outside.event("none for it")
    assert len(outside.deliveries(dead)) == 2


async def test_a_webhook_whose_receiver_is_gone_is_disabled_at_once(outside: Outside) -> None:
    webhook = await outside.webhook()
    outside.sender.answers[webhook.url] = Answer(410)
    await outside.event()
    await outside.process().step()
    assert outside.now_of(webhook).reason == "the receiver answered 410 Gone"


async def test_without_the_key_that_sealed_the_secret_nothing_is_sent_and_the_reason_is_shown(outside: Outside) -> None:
    webhook = await outside.webhook()
    outside.sealer = AesGcmSecretSealer(b"t" * 32)
    await outside.event()
    await outside.process().step()
    assert not outside.sender.sent
    (delivery,) = outside.deliveries(webhook)
    assert "create the webhook anew" in str(delivery.answer)


async def test_processes_share_the_webhooks(outside: Outside) -> None:
    for number in range(40):
        await outside.webhook(f"{number}.example")
    await outside.event()
    processes = [outside.process() for _ in range(3)]
    while any(await asyncio.gather(*(each.step() for each in processes))):
        pass
    assert len(outside.sender.sent) == len({url for url, _, _ in outside.sender.sent}) == 40


async def test_what_a_process_was_killed_over_is_sent_by_another_once_its_lease_is_over(outside: Outside) -> None:
    await outside.webhook()
    await outside.event()
    async with outside.database.writing() as unit:
        assert await unit.webhooks.lease("killed", NOON, NOON + LEASE_SECONDS, 1, slow=False)
    process = outside.process()
    assert not await process.step()
    outside.clock.advance(LEASE_SECONDS)
    assert await process.step()
    assert len(outside.sender.sent) == 1


class Stuck(FakeEventSender):
    """Never answers for hosts that begin with `stuck`."""

    async def send(self, url: WebhookUrl, headers: Mapping[str, str], body: bytes) -> Answer:
        if url.startswith("https://stuck"):
            await asyncio.Event().wait()
        return await super().send(url, headers, body)


async def test_receivers_that_never_answer_leave_all_places_of_the_others_free(outside: Outside) -> None:
    outside.sender = Stuck()
    for number in range(SLOW_PLACES + FAST_PLACES):
        await outside.webhook(f"stuck-{number}.example", is_slow=True)
    await outside.event()
    stop = asyncio.Event()
    running = asyncio.create_task(outside.process().run(stop))
    for _ in range(3):  # so that the slow ones fill their places first
        await asyncio.sleep(0)
    for number in range(FAST_PLACES):
        await outside.webhook(f"{number}.example")
    await outside.event("to all")

    async def are_served() -> bool:
        return len(outside.sender.sent) == FAST_PLACES

    await eventually(are_served)
    running.cancel()
    await asyncio.wait([running])


async def test_a_database_that_fails_ends_nothing(outside: Outside) -> None:
    webhook = await outside.webhook()
    await outside.event()
    process = outside.process()
    outside.database.is_down = True
    assert not await process.step()
    outside.database.is_down = False
    assert await process.step()
    assert outside.deliveries(webhook)[0].status is DeliveryStatus.DELIVERED
