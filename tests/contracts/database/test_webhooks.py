"""Webhooks are leased by one process at a time, and their deliveries are an outbox."""

import asyncio
import json
from dataclasses import replace
from uuid import UUID, uuid4

from application.ports.database import Database
from domain.identity.user import User
from domain.webhooks.delivery import Answer, Delivery, DeliveryStatus
from domain.webhooks.event import Event, EventType
from domain.webhooks.url import WebhookUrl
from domain.webhooks.webhook import Webhook
from tests.contracts.database.repositories import AllRepositories
from tests.unit.application.orders.harness import Orders
from tests.unit.fakes.accounts import user as user_called
from tests.unit.fakes.clock import NOON

AllDatabase = Database[AllRepositories]
SETTLED, DEPOSIT = EventType.ORDER_SETTLED, EventType.WALLET_DEPOSIT


async def owner(database: AllDatabase, name: str = "ada") -> User:
    user = user_called(name)
    async with database.writing() as unit:
        await unit.users.add(user)
    return user


async def webhook_of(database: AllDatabase, user: User, *kinds: EventType, created_at: float = NOON) -> Webhook:
    url = WebhookUrl("https://example.com/events?x=%2F")
    webhook = Webhook(uuid4(), user.id, url, frozenset(kinds or {SETTLED, DEPOSIT}), bytes(range(60)), created_at)
    async with database.writing() as unit:
        await unit.webhooks.add(webhook)
    return webhook


async def record(database: AllDatabase, *events: Event) -> None:
    async with database.writing() as unit:
        await unit.deliveries.add(events)


def event_of(user: User, kind: EventType = SETTLED, at: float = NOON) -> Event:
    return Event.of(kind, user.id, {"amount": "0.5", "龙": "é"}, at)


async def due(database: AllDatabase, webhook: Webhook, now: float = NOON, most: int = 100) -> list[Delivery]:
    async with database.reading() as unit:
        return await unit.deliveries.list_due(webhook.id, now, most)


async def lease(
    database: AllDatabase, holder: str, now: float = NOON, most: int = 10, *, slow: bool = False
) -> list[UUID]:
    async with database.writing() as unit:
        return [each.id for each in await unit.webhooks.lease(holder, now, now + 60, most, slow=slow)]


async def test_a_webhook_is_found_as_it_was_stored_by_its_owner_only(database: AllDatabase) -> None:
    ada, grace = await owner(database), await owner(database, "grace")
    later, earlier = await webhook_of(database, ada), await webhook_of(database, ada, created_at=NOON - 1)
    async with database.reading() as unit:
        assert await unit.webhooks.find(ada.id, later.id) == later
        assert await unit.webhooks.find(grace.id, later.id) is None
        assert await unit.webhooks.list_by_user(ada.id) == [earlier, later]
        assert await unit.webhooks.list_by_user(grace.id) == []


async def test_what_changed_is_kept(database: AllDatabase) -> None:
    webhook = await webhook_of(database, await owner(database))
    failed = replace(webhook.failed("HTTP 500", NOON + 1, is_gone=True), is_slow=True)
    async with database.writing() as unit:
        await unit.webhooks.save(failed)
    async with database.reading() as unit:
        assert await unit.webhooks.find(webhook.user_id, webhook.id) == failed


async def test_a_deleted_webhook_takes_its_deliveries_along(database: AllDatabase) -> None:
    ada, grace = await owner(database), await owner(database, "grace")
    webhook = await webhook_of(database, ada)
    await record(database, event_of(ada))
    async with database.writing() as unit:
        assert not await unit.webhooks.delete(grace.id, webhook.id)
    assert await due(database, webhook)
    async with database.writing() as unit:
        assert await unit.webhooks.delete(ada.id, webhook.id)
    assert not await due(database, webhook)


async def test_an_event_is_recorded_for_the_webhooks_of_its_user_that_ask_for_it(database: AllDatabase) -> None:
    ada, grace = await owner(database), await owner(database, "grace")
    both, deposits = await webhook_of(database, ada), await webhook_of(database, ada, DEPOSIT)
    hers, disabled = await webhook_of(database, grace), await webhook_of(database, ada)
    async with database.writing() as unit:
        await unit.webhooks.save(disabled.failed("", NOON, is_gone=True))
    event, deposit = event_of(ada), event_of(ada, DEPOSIT)
    await record(database, event, deposit)
    await record(database, event, deposit)
    assert [each.event_id for each in await due(database, both)] == [event.id, deposit.id]
    assert [each.event_id for each in await due(database, deposits)] == [deposit.id]
    assert not await due(database, hers)
    assert not await due(database, disabled)
    (delivery,) = await due(database, deposits)
    assert (delivery.body, delivery.type, delivery.created_at) == (deposit.body, DEPOSIT, NOON)
    assert (delivery.status, delivery.attempts, delivery.answer) == (DeliveryStatus.PENDING, 0, None)


async def test_what_is_longest_due_comes_first(database: AllDatabase) -> None:
    ada = await owner(database)
    webhook = await webhook_of(database, ada)
    second, first, later = event_of(ada, at=NOON), event_of(ada, at=NOON - 5), event_of(ada, at=NOON + 1)
    await record(database, second, first, later)
    assert [each.event_id for each in await due(database, webhook)] == [first.id, second.id]
    assert [each.event_id for each in await due(database, webhook, most=1)] == [first.id]


async def test_what_came_of_attempts_is_kept_and_what_has_ended_stays_so(database: AllDatabase) -> None:
    ada = await owner(database)
    webhook = await webhook_of(database, ada)
    await record(database, event_of(ada), event_of(ada))
    first, second = await due(database, webhook)
    failed = first.attempted(Answer(None, "the connection was refused", 0.25), NOON + 1)
    accepted = second.attempted(Answer(200, None, 0.5), NOON + 1)
    async with database.writing() as unit:
        await unit.deliveries.save([failed, accepted])
        await unit.deliveries.save([second.attempted(Answer(500), NOON + 2)])
        await unit.deliveries.save([])
    async with database.reading() as unit:
        assert await unit.deliveries.list_page(webhook.id, None, None, 10) == [accepted, failed]
        assert await unit.deliveries.list_page(webhook.id, DeliveryStatus.PENDING, None, 10) == [failed]
        assert await unit.deliveries.list_page(webhook.id, None, accepted.number, 10) == [failed]
        assert await unit.deliveries.list_page(webhook.id, None, None, 1) == [accepted]
        assert await unit.deliveries.list_page(uuid4(), None, None, 1) == []


async def test_what_is_given_up_is_no_longer_due(database: AllDatabase) -> None:
    ada = await owner(database)
    webhook = await webhook_of(database, ada)
    await record(database, event_of(ada), event_of(ada))
    async with database.writing() as unit:
        assert await unit.deliveries.give_up(webhook.id, NOON, 10) == 2
        assert await unit.deliveries.give_up(webhook.id, NOON, 10) == 0
        assert not await unit.webhooks.have_due(NOON)
    async with database.reading() as unit:
        found = await unit.deliveries.list_page(webhook.id, DeliveryStatus.FAILED, None, 10)
    assert len(found) == 2


async def test_so_many_pending_ones_are_given_up_at_once_and_none_of_later_events(database: AllDatabase) -> None:
    ada = await owner(database)
    webhook, other = await webhook_of(database, ada), await webhook_of(database, ada)
    await record(database, *(event_of(ada, at=NOON + number) for number in range(4)))
    async with database.writing() as unit:
        assert await unit.deliveries.give_up(webhook.id, NOON + 2, 2) == 2
        assert await unit.deliveries.give_up(webhook.id, NOON + 2, 2) == 1
        assert await unit.deliveries.give_up(webhook.id, NOON + 2, 2) == 0
    assert [each.created_at for each in await due(database, webhook, NOON + 3)] == [NOON + 3]
    assert len(await due(database, other, NOON + 3)) == 4


async def test_the_deliveries_of_a_webhook_are_deleted_so_many_at_once(database: AllDatabase) -> None:
    ada = await owner(database)
    webhook, other = await webhook_of(database, ada), await webhook_of(database, ada)
    await record(database, *(event_of(ada, at=NOON + number) for number in range(3)))
    first, *_ = await due(database, webhook, NOON + 3)
    async with database.writing() as unit:
        await unit.deliveries.save([first.attempted(Answer(200), NOON)])
    async with database.writing() as unit:
        assert await unit.deliveries.delete_of(webhook.id, 2) == 2
        assert await unit.deliveries.delete_of(webhook.id, 2) == 1
        assert await unit.deliveries.delete_of(webhook.id, 2) == 0
    assert await due(database, webhook, NOON + 3) == []
    assert len(await due(database, other, NOON + 3)) == 3


async def test_the_deliveries_to_a_user_s_webhooks_are_deleted_so_many_at_once(database: AllDatabase) -> None:
    ada, grace = await owner(database), await owner(database, "grace")
    webhooks = [await webhook_of(database, user) for user in (ada, ada, grace)]
    await record(database, event_of(ada), event_of(ada), event_of(grace))
    async with database.writing() as unit:
        assert await unit.deliveries.delete_of_user(ada.id, 3) == 3
        assert await unit.deliveries.delete_of_user(ada.id, 3) == 1
        assert await unit.deliveries.delete_of_user(ada.id, 3) == 0
    assert [len(await due(database, webhook)) for webhook in webhooks] == [0, 0, 1]


async def test_old_deliveries_that_have_ended_are_deleted(database: AllDatabase) -> None:
    ada = await owner(database)
    webhook = await webhook_of(database, ada)
    await record(database, event_of(ada, at=NOON - 2), event_of(ada, at=NOON - 1), event_of(ada))
    oldest, _, newest = await due(database, webhook)
    async with database.writing() as unit:
        await unit.deliveries.save([each.attempted(Answer(200), NOON) for each in (oldest, newest)])
    async with database.writing() as unit:
        assert await unit.deliveries.delete_ended(NOON, 10) == 1
        assert await unit.deliveries.delete_ended(NOON + 1, 10) == 1
        assert await unit.deliveries.delete_ended(NOON + 1, 10) == 0
    assert len(await due(database, webhook)) == 1


async def test_only_a_webhook_with_something_due_is_leased_and_by_one_at_a_time(database: AllDatabase) -> None:
    ada = await owner(database)
    webhook, idle = await webhook_of(database, ada), await webhook_of(database, ada, DEPOSIT)
    assert await lease(database, "a") == []
    await record(database, event_of(ada, at=NOON + 1))
    async with database.reading() as unit:
        assert not await unit.webhooks.have_due(NOON)
        assert await unit.webhooks.have_due(NOON + 1)
    assert await lease(database, "a", NOON + 1) == [webhook.id] != [idle.id]
    assert await lease(database, "b", NOON + 60) == []
    assert await lease(database, "b", NOON + 61) == [webhook.id]


async def test_only_whoever_has_the_lease_changes_the_webhook_and_gives_it_back(database: AllDatabase) -> None:
    ada = await owner(database)
    webhook = await webhook_of(database, ada)
    await record(database, event_of(ada))
    await lease(database, "a")
    async with database.writing() as unit:
        assert not await unit.webhooks.save_leased(webhook.failed("HTTP 500", NOON), "b", NOON)
        assert await unit.webhooks.save_leased(webhook.succeeded(9.0), "a", NOON)
    assert await lease(database, "b") == []
    assert await lease(database, "b", slow=True) == [webhook.id]


async def test_failing_and_disabled_webhooks_are_leased_among_the_slow_ones_or_not_at_all(
    database: AllDatabase,
) -> None:
    ada = await owner(database)
    webhook = await webhook_of(database, ada)
    await record(database, event_of(ada))
    failing = webhook.failed("HTTP 500", NOON)
    async with database.writing() as unit:
        await unit.webhooks.save(failing)
    assert await lease(database, "a", slow=True) == []
    assert await lease(database, "a", failing.resumes_at) == []
    assert await lease(database, "a", failing.resumes_at, slow=True) == [webhook.id]
    async with database.writing() as unit:
        await unit.webhooks.save(failing.failed("", NOON, is_gone=True))
    assert await lease(database, "a", NOON + 100_000, slow=True) == []


async def test_whoever_waited_longest_is_leased_first(database: AllDatabase) -> None:
    ada = await owner(database)
    first, second = await webhook_of(database, ada, created_at=NOON - 2), await webhook_of(database, ada)
    await record(database, event_of(ada))
    assert await lease(database, "a", most=1) == [first.id]
    async with database.writing() as unit:
        assert await unit.webhooks.save_leased(first, "a", NOON + 1)
    assert await lease(database, "a", NOON + 1, most=1) == [second.id]


async def test_of_many_at_once_each_gets_other_webhooks(database: AllDatabase) -> None:
    ada = await owner(database)
    webhooks = {(await webhook_of(database, ada)).id for _ in range(12)}
    await record(database, event_of(ada))

    async def leased(holder: str) -> list[UUID]:
        async def work(unit: AllRepositories) -> list[UUID]:
            return [each.id for each in await unit.webhooks.lease(holder, NOON, NOON + 60, 3, slow=False)]

        return await database.write(work)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(leased(str(number))) for number in range(6)]
    found = [each for task in tasks for each in task.result()]
    assert len(found) == len(set(found))
    while more := await leased("rest"):
        found += more
    assert set(found) == webhooks


async def test_an_event_that_is_recorded_while_its_webhook_is_deleted_harms_nothing(database: AllDatabase) -> None:
    ada = await owner(database)
    webhook = await webhook_of(database, ada)
    is_recorded = asyncio.Event()

    async def delete(unit: AllRepositories) -> bool:
        return await unit.webhooks.delete(ada.id, webhook.id)

    async def record_and_wait() -> None:
        async with database.writing() as unit:
            await unit.deliveries.add([event_of(ada)])
            is_recorded.set()
            await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as group:
        group.create_task(record_and_wait())
        await is_recorded.wait()
        deleting = group.create_task(database.write(delete))
    assert deleting.result()
    assert not await due(database, webhook)


async def test_orders_tell_of_their_acceptance_and_of_their_end(database: AllDatabase) -> None:
    house = Orders(database=database)
    ann = await house.buyer()
    told = await webhook_of(database, ann, *(kind for kind in EventType if kind.startswith("order.")))
    cancelled = await house.order(ann, "0.1")
    await house.cancel(ann, cancelled.id)
    settled = await house.order(ann, "1")
    await house.clear()
    found = [(each.type, json.loads(each.body)["data"]) for each in await due(database, told, house.clock.now())]
    assert [(kind.value, data["id"], data["status"]) for kind, data in found] == [
        ("order.accepted", str(cancelled.id), "queued"),
        ("order.refunded", str(cancelled.id), "refunded"),
        ("order.accepted", str(settled.id), "queued"),
        ("order.settled", str(settled.id), "settled"),
    ]
    _, data = found[-1]
    assert data.items() >= {"amount": "1", "cost": "100", "fee": "1", "filled": "1", "refunded": "0"}.items()
