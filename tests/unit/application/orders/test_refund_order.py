"""An administrator refunds what is not being bought, whole or rest, once, and it is in the audit log."""

from decimal import Decimal
from uuid import uuid4

import pytest

from application.orders.refund_order import RefundOrder
from domain.identity.audit_event import AuditAction
from domain.orders.batch import BatchStatus
from domain.orders.errors import NoSuchOrder, OrderNotRefundable
from domain.orders.order import Order, OrderStatus
from tests.unit.application.orders.harness import FUNDS, Orders, user
from tests.unit.fakes.database import FakeDatabase

ROOT = user("root")
NOTHING = Decimal(0)


class Desk:
    """A house with an administrator."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.house = Orders(self.database)
        self._refund = RefundOrder(self.house.clearing, self.database)

    async def refund(self, order: Order) -> Order:
        return await self._refund(ROOT, order.id, "more than we can buy", "127.0.0.1")

    @property
    def audited(self) -> list[str]:
        events = self.database.rows.audit_events
        return [each.detail for each in events if each.action is AuditAction.REFUND_ORDER]


async def test_a_queued_order_is_refunded_whole_and_its_buyer_reads_why() -> None:
    desk = Desk()
    ann = await desk.house.buyer()
    order = await desk.house.order(ann, "0.1")
    refunded = await desk.refund(order)
    assert (refunded.status, refunded.refunded) == (OrderStatus.REFUNDED, order.terms.total)
    assert refunded.reason == "by an administrator: more than we can buy"
    assert await desk.house.in_wallet(ann, "USDT") == (FUNDS, NOTHING)
    assert desk.audited == [f"{order.id}: more than we can buy"]
    with pytest.raises(OrderNotRefundable, match="has ended"):
        await desk.refund(order)
    assert len(desk.audited) == 1
    await desk.house.check_books()


async def test_an_order_of_a_batch_of_which_nothing_was_sent_is_refunded_and_the_others_are_bought() -> None:
    desk = Desk()
    house = desk.house
    who = await house.buyer()
    first, second = await house.order(who, "1"), await house.order(who, "2")
    await house.workers[0].step()
    assert [batch.orders for batch in await house.batches()] == [2]
    await desk.refund(first)
    await house.clear()
    assert [(await house.now(each)).status for each in (first, second)] == [OrderStatus.REFUNDED, OrderStatus.SETTLED]
    assert [each.quantity for each in house.venue.placed] == [Decimal(2)]
    await house.check_books()


async def test_a_batch_whose_only_order_is_refunded_ends() -> None:
    desk = Desk()
    house = desk.house
    order = await house.order(await house.buyer(), "1")
    await house.workers[0].step()
    await desk.refund(order)
    await house.clear(patience_seconds=15)
    assert ([batch.status for batch in await house.batches()], house.venue.placed) == ([BatchStatus.DONE], [])
    await house.check_books()


async def test_after_refusals_an_order_is_refunded_between_two_attempts() -> None:
    desk = Desk()
    house = desk.house
    house.venue.next_answers = ["not_sent"]
    order = await house.order(await house.buyer(), "1")
    await house.workers[0].step()
    await house.workers[0].step()
    assert (await house.now(order)).status is OrderStatus.PLACING
    await desk.refund(order)
    await house.clear(patience_seconds=30)
    assert len(house.venue.placed) == 1
    await house.check_books()


async def test_what_may_be_bought_right_now_is_refunded_only_when_its_batch_has_ended() -> None:
    desk = Desk()
    house = desk.house
    house.venue.next_answers = ["lost_answer"]
    house.venue.fill_share = Decimal("0.5")
    ann = await house.buyer()
    order = await house.order(ann, "2")
    await house.workers[0].step()
    await house.workers[0].step()
    with pytest.raises(OrderNotRefundable, match="is being bought"):
        await desk.refund(order)
    while (await house.now(order)).status is not OrderStatus.QUEUED:
        house.pass_time(1)
        await house.workers[0].step()
    refunded = await desk.refund(order)
    assert (refunded.terms.buy.amount_of(refunded.filled), refunded.status) == (Decimal(1), OrderStatus.REFUNDED)
    assert await house.in_wallet(ann, "USDT") == (FUNDS - 101, NOTHING)
    await house.check_books()


async def test_a_worker_that_has_the_batch_comes_first() -> None:
    desk = Desk()
    order = await desk.house.order(await desk.house.buyer(), "1")
    await desk.house.workers[0].step()
    (batch,) = await desk.house.batches()
    now = desk.house.clock.now()
    async with desk.database.writing() as unit:
        await unit.batches.claim(batch.id, "a worker", now, now + 60)
    with pytest.raises(OrderNotRefundable, match="busy"):
        await desk.refund(order)
    assert desk.audited == []


async def test_an_unknown_order_is_not_found() -> None:
    desk = Desk()
    with pytest.raises(NoSuchOrder):
        await RefundOrder(desk.house.clearing, desk.database)(ROOT, uuid4(), "x", "")
