"""An administrator decides about a batch whose outcome cannot be found out."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from application.orders.batch_step import Clearing
from application.orders.resolve_batch import Decision, ResolveBatch
from domain.identity.api_key import ALL_SCOPES
from domain.identity.audit_event import AuditAction
from domain.identity.caller import Caller
from domain.identity.errors import PasswordNeeded
from domain.orders.attempt import AttemptOutcome
from domain.orders.batch import Batch, BatchStatus
from domain.orders.errors import BatchNotStuck, InvalidFills, NoSuchBatch
from domain.orders.order import Order, OrderStatus
from domain.orders.venue_order import Fill
from tests.unit.application.orders.harness import BTC, Orders, user
from tests.unit.fakes.database import FakeDatabase

NOT_EXECUTED = Decision((), "the venue's support says that it never had it")


class Stuck:
    """A batch of one order for 1 BTC, whose request was lost at a venue that then went away."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.house = Orders(database=self.database)
        self.house.venue.next_answers = ["lost_request"]
        house = self.house
        clearing = Clearing(
            database=self.database,
            clock=house.clock,
            brokers={"venue": house.venue},
            prices=house.prices,
            meter=house.meter,
            limits=house.limits,
            elapsed=lambda: house.seconds,
        )
        self.resolve = ResolveBatch(clearing, self.database)

    async def happen(self) -> tuple[Order, Batch]:
        house = self.house
        order = await house.order(await house.buyer(), "1")
        while not house.venue.placed:
            await house.workers[0].step()
        house.venue.is_down = True
        for _ in range(70):
            house.pass_time(10.0)
            await house.workers[0].step()
        (batch,) = await house.batches()
        assert batch.stuck_since is not None
        house.pass_time(61.0)
        return order, batch

    def admin(self, *, password_age_seconds: float = 1.0) -> Caller:
        at = self.house.clock.now() - password_age_seconds
        return Caller(user("root"), ALL_SCOPES, session_id=uuid4(), password_at=at)

    def fill(self, quantity: str = "1", price: str = "100", trade_id: str = "7") -> Fill:
        return Fill(trade_id, Decimal(price), Decimal(quantity), Decimal(0), BTC)


async def test_what_was_executed_is_given_to_the_orders() -> None:
    stuck = Stuck()
    order, batch = await stuck.happen()
    after = await stuck.resolve(stuck.admin(), batch.id, Decision([stuck.fill()], "seen on its web page"), "1.1.1.1")
    assert after.status is BatchStatus.SETTLING
    await stuck.house.clear()
    assert (await stuck.house.now(order)).status is OrderStatus.SETTLED
    assert len(stuck.house.venue.placed) == 1
    await stuck.house.check_books()
    (event,) = [each for each in stuck.database.rows.audit_events if each.action is AuditAction.RESOLVE_BATCH]
    assert event.detail == f"{batch.id}: 1 trades; seen on its web page"


async def test_what_was_not_executed_is_bought_again_by_another_attempt() -> None:
    stuck = Stuck()
    order, batch = await stuck.happen()
    await stuck.resolve(stuck.admin(), batch.id, NOT_EXECUTED, "1.1.1.1")
    async with stuck.database.reading() as unit:
        attempts = await unit.batches.list_attempts(batch.id)
    assert [each.outcome for each in attempts] == [AttemptOutcome.ABSENT]
    stuck.house.venue.is_down = False
    await stuck.house.clear(patience_seconds=30)
    assert (await stuck.house.now(order)).status is OrderStatus.SETTLED
    assert len({each.client_order_id for each in stuck.house.venue.placed}) == 2
    await stuck.house.check_books()


@pytest.mark.parametrize(
    "fills",
    [
        [("1", "100", "7"), ("1", "100", "7")],
        [("1.00001", "100", "7")],
        [("0.6", "100", "7"), ("0.6", "100", "8")],
        [("1", "102.01", "7")],
        [("0", "100", "7")],
        [("1", "0", "7")],
    ],
)
async def test_what_cannot_be_trades_of_the_order_is_refused(fills: list[tuple[str, str, str]]) -> None:
    stuck = Stuck()
    _, batch = await stuck.happen()
    decision = Decision([stuck.fill(*each) for each in fills], "x")
    with pytest.raises(InvalidFills):
        await stuck.resolve(stuck.admin(), batch.id, decision, "1.1.1.1")
    assert (await stuck.house.batches())[0].status is BatchStatus.PLACING


@pytest.mark.parametrize("fee", ["1", "2"])
async def test_fees_of_all_that_was_bought_are_refused_and_the_batch_can_be_resolved_then(fee: str) -> None:
    stuck = Stuck()
    order, batch = await stuck.happen()
    wrong = replace(stuck.fill(), fee=Decimal(fee))
    with pytest.raises(InvalidFills, match="fees"):
        await stuck.resolve(stuck.admin(), batch.id, Decision([wrong], "x"), "1.1.1.1")
    await stuck.resolve(stuck.admin(), batch.id, Decision([stuck.fill()], "x"), "1.1.1.1")
    await stuck.house.clear()
    assert (await stuck.house.now(order)).status is OrderStatus.SETTLED
    await stuck.house.check_books()


async def test_only_a_stuck_batch_is_resolved_and_once() -> None:
    stuck = Stuck()
    _, batch = await stuck.happen()
    with pytest.raises(NoSuchBatch):
        await stuck.resolve(stuck.admin(), uuid4(), NOT_EXECUTED, "1.1.1.1")
    await stuck.resolve(stuck.admin(), batch.id, Decision([stuck.fill()], "x"), "1.1.1.1")
    with pytest.raises(BatchNotStuck):
        await stuck.resolve(stuck.admin(), batch.id, Decision([stuck.fill(trade_id="8")], "x"), "1.1.1.1")


async def test_a_worker_that_is_asking_now_comes_first() -> None:
    stuck = Stuck()
    _, batch = await stuck.happen()
    now = stuck.house.clock.now()
    async with stuck.database.writing() as unit:
        assert await unit.batches.claim(batch.id, "worker", now, now + 60)
    with pytest.raises(BatchNotStuck, match="repeat the request in a minute"):
        await stuck.resolve(stuck.admin(), batch.id, NOT_EXECUTED, "1.1.1.1")
    assert not [each for each in stuck.database.rows.audit_events if each.action is AuditAction.RESOLVE_BATCH]


async def test_it_takes_a_recent_password() -> None:
    stuck = Stuck()
    _, batch = await stuck.happen()
    with pytest.raises(PasswordNeeded):
        await stuck.resolve(stuck.admin(password_age_seconds=400), batch.id, NOT_EXECUTED, "1.1.1.1")
    assert (await stuck.house.batches())[0] == replace(batch, token=(await stuck.house.batches())[0].token)
