"""Orders are bought once, and settled to the last unit, whatever the venue answers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from application.orders import clear_orders, form_batches
from application.orders.clearing_limits import ClearingLimits
from application.orders.purchase import NewOrder, Wish
from application.orders.venue_activity import quiet_lease
from domain.currency import Currency
from domain.errors import DatabaseUnavailable
from domain.orders.clearing_asset import AfterWait, ClearingAsset, Rest
from domain.orders.errors import NoFreshPrice, OrderNotCancellable
from domain.orders.order import OrderStatus
from domain.orders.terms import Charges
from domain.orders.venue_order import MarketRules
from domain.pair import Pair
from tests.unit.application.orders.harness import BTC, FUNDS, USDT, Orders
from tests.unit.fakes.database import FakeDatabase, FakeRepositories
from tests.unit.fakes.venue import FakeVenue

T = TypeVar("T")

# Absence is proof 20 s after an order was signed.
PROOF_SECONDS = 25.0
# After each refusal for lack of funds.
PAUSES = [10, 20, 40, 80, 160, 320, 600, 600, 600]


async def test_an_order_that_reaches_the_threshold_alone_is_bought_and_in_the_wallet() -> None:
    house = Orders()
    ann = await house.buyer()
    order = await house.order(ann, "1")
    assert (await house.in_wallet(ann, "USDT")) == (FUNDS - 101, Decimal(101))
    await house.clear()
    order = await house.now(order)
    assert (order.status, order.exchange, order.refunded) == (OrderStatus.SETTLED, "venue", 0)
    assert (await house.in_wallet(ann, "USDT")) == (FUNDS - 101, Decimal(0))
    assert (await house.in_wallet(ann, "BTC")) == (Decimal(1), Decimal(0))
    assert (await house.of_house("fees", "USDT")) == 1
    assert (await house.at_venue("BTC")) == 1
    assert (await house.at_venue("USDT")) == -100
    await house.check_books()


async def test_small_orders_wait_until_together_they_reach_the_threshold() -> None:
    house = Orders()
    ann, bob = await house.buyer("ann"), await house.buyer("bob")
    first = await house.order(ann, "0.3")
    await house.clear(patience_seconds=5)
    assert (await house.now(first)).status is OrderStatus.QUEUED
    second = await house.order(bob, "0.3")
    await house.clear()
    assert {(await house.now(each)).status for each in (first, second)} == {OrderStatus.SETTLED}
    assert [each.quantity for each in house.venue.placed] == [Decimal("0.6")]
    await house.check_books()


async def test_what_a_venue_fills_in_part_is_divided_and_the_rest_is_bought_next() -> None:
    house = Orders()
    ann, bob = await house.buyer("ann"), await house.buyer("bob")
    orders = [await house.order(ann, "1"), await house.order(bob, "2")]
    house.venue.fill_share = Decimal("0.5")
    while not house.venue.placed:
        await house.workers[0].step()
    house.venue.fill_share = Decimal(1)
    await house.clear(patience_seconds=15)
    assert [(await house.now(each)).status for each in orders] == [OrderStatus.SETTLED] * 2
    assert [each.quantity for each in house.venue.placed] == [Decimal(3), Decimal("1.5")]
    assert (await house.in_wallet(bob, "BTC"))[0] == 2
    assert (await house.in_wallet(bob, "USDT")) == (FUNDS - 202, Decimal(0))
    assert (await house.in_wallet(ann, "USDT")) == (FUNDS - 101, Decimal(0))
    await house.check_books()


async def test_the_rest_is_refunded_where_the_asset_says_so() -> None:
    house = Orders(asset=ClearingAsset(BTC, ("venue",), USDT, Decimal(50), rest=Rest.REFUND))
    house.venue.fill_share = Decimal("0.25")
    ann = await house.buyer()
    order = await house.order(ann, "1")
    await house.clear()
    order = await house.now(order)
    assert (order.status, order.terms.buy.amount_of(order.filled)) == (OrderStatus.REFUNDED, Decimal("0.25"))
    assert order.terms.pay_with.amount_of(order.refunded) == Decimal("75.75")
    assert (await house.in_wallet(ann, "USDT")) == (FUNDS - Decimal("25.25"), Decimal(0))
    await house.check_books()


async def test_a_lost_answer_is_asked_for_and_nothing_is_sent_twice() -> None:
    house = Orders()
    house.venue.next_answers = ["lost_answer"]
    order = await house.order(await house.buyer(), "1")
    await house.clear(patience_seconds=60)
    assert (await house.now(order)).status is OrderStatus.SETTLED
    assert len(house.venue.placed) == 1
    await house.check_books()


async def test_a_lost_request_is_sent_again_only_once_its_absence_is_proof() -> None:
    house = Orders()
    house.venue.next_answers = ["lost_request"]
    order = await house.order(await house.buyer(), "1")
    await house.clear(patience_seconds=15)
    assert ((await house.now(order)).status, len(house.venue.placed)) == (OrderStatus.PLACING, 1)
    await house.clear(patience_seconds=PROOF_SECONDS)
    assert (await house.now(order)).status is OrderStatus.SETTLED
    first, second = house.venue.placed
    assert first.client_order_id.removesuffix("-1") == second.client_order_id.removesuffix("-2")
    await house.check_books()


async def test_a_clock_that_is_set_ahead_proves_no_absence() -> None:
    house = Orders()
    house.venue.next_answers = ["lost_request"]
    await house.order(await house.buyer(), "1")
    await house.clear()
    house.clock.advance(3600)
    await house.clear(patience_seconds=15)
    assert len(house.venue.placed) == 1


@pytest.mark.parametrize("error_seconds", [-3600, -70, 70, 3600])
async def test_an_order_is_signed_by_the_venues_clock_and_absent_by_it(error_seconds: float) -> None:
    house = Orders()
    house.clock.advance(error_seconds)
    house.venue.next_answers = ["lost_request"]
    order = await house.order(await house.buyer(), "1")
    signed_at_ms = int(house.venue.clock.now() * 1000)
    await house.clear(patience_seconds=15)
    assert [each.signed_at_ms for each in house.venue.placed] == [signed_at_ms]
    await house.clear(patience_seconds=PROOF_SECONDS)
    assert ((await house.now(order)).status, len(house.venue.placed)) == (OrderStatus.SETTLED, 2)


async def test_while_the_venues_clock_stands_still_nothing_is_absent() -> None:
    house = Orders()
    house.venue.next_answers = ["lost_request"]
    await house.order(await house.buyer(), "1")
    await house.clear()
    for _ in range(60):
        house.clock.advance(1)
        house.seconds += 1
        await house.clear()
    assert len(house.venue.placed) == 1


async def _lose_a_request_to_a_clock_that_is_set_ahead(house: Orders) -> None:
    """So that nothing but the time since the commit proves that the venue never had the order."""
    house.venue.next_answers = ["lost_request"]
    for _ in range(70):
        await house.clear(patience_seconds=1)
        if house.venue.placed:
            break
    house.venue.clock.advance(3600)
    await house.clear(patience_seconds=15)
    assert len(house.venue.placed) == 1, "its absence was believed too early"
    await house.clear(patience_seconds=PROOF_SECONDS)
    assert len(house.venue.placed) == 2


async def test_an_attempt_that_was_put_off_for_a_quiet_venue_is_known_since_its_commit() -> None:
    house = Orders()
    await house.order(await house.buyer(), "1")
    house.workers, now = house.workers[:1], house.clock.now()
    await house.database.write(lambda unit: unit.leases.acquire(quiet_lease("venue"), "a job", now, now + 30))
    await house.clear(patience_seconds=29)
    assert house.venue.placed == []
    await _lose_a_request_to_a_clock_that_is_set_ahead(house)


class LosingDatabase(FakeDatabase):
    """Cannot commit what contains an attempt, as long as a test says."""

    loses_attempts = False

    async def write(self, work: Callable[[FakeRepositories], Awaitable[T]]) -> T:
        async with self.writing() as unit:
            result = await work(unit)
            batches = await unit.batches.list_unfinished()
            if self.loses_attempts and any([await unit.batches.list_attempts(each.id) for each in batches]):
                raise DatabaseUnavailable("ConnectionDoesNotExistError")
            return result


async def test_an_attempt_whose_commit_failed_is_known_since_the_one_that_succeeded() -> None:
    database = LosingDatabase()
    house = Orders(database)
    await house.order(await house.buyer(), "1")
    house.workers = house.workers[:1]
    database.loses_attempts = True
    await house.clear()
    assert ([each.orders for each in await house.batches()], house.venue.placed) == ([1], [])
    database.loses_attempts = False
    await _lose_a_request_to_a_clock_that_is_set_ahead(house)


async def test_only_attempts_that_may_still_be_open_are_remembered() -> None:
    house = Orders()
    order = await house.order(await house.buyer(), "1")
    ask_venue, [first, second] = house.workers[0]._ask_venue, house.workers
    house.venue.next_answers = ["lost_answer"]
    while not house.venue.placed:
        await first.step()
    assert len(ask_venue._watched_since) == 1
    house.workers = [second]
    await house.clear(patience_seconds=5)
    assert (await house.now(order)).status is OrderStatus.SETTLED
    await first.step()
    assert not ask_venue._watched_since


class SlowDatabase(FakeDatabase):
    """Lets time pass while it writes, for as long as a test says."""

    pause: Callable[[], None] = staticmethod(lambda: None)

    async def write(self, work: Callable[[FakeRepositories], Awaitable[T]]) -> T:
        self.pause()
        return await super().write(work)


async def test_an_order_that_was_stored_too_slowly_is_not_sent() -> None:
    database = SlowDatabase()
    house = Orders(database)
    order = await house.order(await house.buyer(), "1")
    await house.workers[0].step()  # forms the batch
    database.pause = lambda: house.pass_time(6)
    await house.workers[0].step()
    assert house.venue.placed == []
    database.pause = lambda: None
    await house.clear()
    assert ((await house.now(order)).status, len(house.venue.placed)) == (OrderStatus.SETTLED, 1)


async def test_an_outcome_that_cannot_be_found_out_is_shown_as_stuck_and_found_when_the_venue_is_back() -> None:
    house = Orders()
    house.venue.next_answers = ["lost_answer"]
    order = await house.order(await house.buyer(), "1")
    await house.workers[0].step()
    await house.workers[0].step()
    house.venue.is_down = True
    await house.clear(patience_seconds=620)
    [batch] = await house.batches()
    assert batch.stuck_since is not None
    house.venue.is_down = False
    await house.clear(patience_seconds=70)
    assert ((await house.now(order)).status, len(house.venue.placed)) == (OrderStatus.SETTLED, 1)


async def test_a_refused_order_is_tried_again_and_in_the_end_halts_the_asset() -> None:
    house = Orders()
    house.venue.next_answers = ["refused"] * 5
    order = await house.order(await house.buyer(), "1")
    await house.clear(patience_seconds=30)
    assert (await house.now(order)).status is OrderStatus.QUEUED
    assert len(house.venue.placed) == 5
    assert list(await house.halts()) == ["BTC"]
    await house.check_books()


@pytest.mark.parametrize("code", ["not_sent", "no_price"])
async def test_what_was_never_sent_waits_ever_longer_and_halts_nothing(code: str) -> None:
    house = Orders()
    house.venue.next_answers = [code] * 20
    order = await house.order(await house.buyer(), "1")
    await house.clear()
    assert len(house.venue.placed) == 1
    await house.clear(patience_seconds=60)
    assert 4 < len(house.venue.placed) < 20
    assert await house.halts() == {}
    assert (await house.now(order)).status is not OrderStatus.SETTLED
    await house.clear(patience_seconds=200)
    assert ((await house.now(order)).status, await house.halts()) == (OrderStatus.SETTLED, {})
    await house.check_books()


async def test_refusals_halt_also_after_a_batch_that_was_not_sent_at_first() -> None:
    house = Orders()
    house.venue.next_answers = ["not_sent", *["refused"] * 9]
    await house.order(await house.buyer(), "1")
    await house.clear(patience_seconds=60)
    assert len(house.venue.placed) == 10
    assert list(await house.halts()) == ["BTC"]
    await house.check_books()


async def test_what_waits_too_long_is_refunded() -> None:
    house = Orders()
    ann = await house.buyer()
    order = await house.order(ann, "0.1")
    house.pass_time(24 * 3600 + 1)
    await house.clear()
    assert (await house.now(order)).status is OrderStatus.REFUNDED
    assert "waited longer" in ((await house.now(order)).reason or "")
    assert (await house.in_wallet(ann, "USDT")) == (FUNDS, Decimal(0))
    await house.check_books()


async def test_what_waits_too_long_is_bought_where_the_asset_says_so_at_the_venues_minimum() -> None:
    house = Orders(asset=ClearingAsset(BTC, ("venue",), USDT, Decimal(50), after_wait=AfterWait.BUY))
    ann = await house.buyer()
    order = await house.order(ann, "0.01")
    house.pass_time(24 * 3600 + 1)
    await house.clear()
    assert (await house.now(order)).status is OrderStatus.SETTLED
    assert house.venue.placed[0].quantity == Decimal("0.05")
    assert (await house.of_house("trading", "BTC")) == Decimal("0.04")
    await house.check_books()


async def test_after_a_short_wait_is_bought_what_was_too_small_a_moment_ago() -> None:
    asset = ClearingAsset(BTC, ("venue",), USDT, Decimal(50), max_wait_seconds=5, after_wait=AfterWait.BUY)
    house = Orders(asset=asset)
    order = await house.order(await house.buyer(), "0.01")
    await house.clear()
    assert (await house.now(order)).status is OrderStatus.QUEUED
    await house.clear(patience_seconds=12)
    assert (await house.now(order)).status is OrderStatus.SETTLED
    await house.check_books()


@dataclass
class Counting(FakeVenue):
    """Counts how often it is asked for its rules."""

    asked: int = 0

    async def rules(self, pair: Pair) -> MarketRules:
        self.asked += 1
        return await super().rules(pair)


async def test_after_the_wait_an_order_beyond_the_venues_funds_does_not_have_it_asked_all_the_time() -> None:
    asset = ClearingAsset(BTC, ("venue",), USDT, Decimal(50), max_wait_seconds=100, after_wait=AfterWait.BUY)
    venue = Counting(funds=Decimal(10))
    house = Orders(venue=venue, asset=asset)
    order = await house.order(await house.buyer(), "1")
    house.workers = house.workers[:1]
    house.pass_time(101)
    await house.clear(patience_seconds=60)
    assert 2 <= venue.asked <= 6
    venue.funds = Decimal(200)
    await house.clear(patience_seconds=15)
    assert (await house.now(order)).status is OrderStatus.SETTLED


async def test_a_queued_order_is_cancelled_and_refunded_in_full_and_again_without_effect() -> None:
    house = Orders()
    ann = await house.buyer()
    order = await house.order(ann, "0.1")
    cancelled = await house.cancel(ann, order.id)
    assert (cancelled.status, cancelled.refunded) == (OrderStatus.REFUNDED, order.terms.total)
    assert (await house.cancel(ann, order.id)).status is OrderStatus.REFUNDED
    assert (await house.in_wallet(ann, "USDT")) == (FUNDS, Decimal(0))
    await house.check_books()


async def test_an_order_that_is_being_bought_cannot_be_cancelled() -> None:
    house = Orders()
    ann = await house.buyer()
    order = await house.order(ann, "1")
    await house.workers[0].step()
    with pytest.raises(OrderNotCancellable):
        await house.cancel(ann, order.id)


async def test_an_order_that_costs_too_much_by_now_is_refunded_and_the_others_are_bought() -> None:
    house = Orders()
    ann, bob = await house.buyer("ann"), await house.buyer("bob")
    cheap = await house.order(ann, "0.4")
    house.prices.price = house.venue.price = Decimal("102.01")
    dear = await house.order(bob, "20")  # with it, the average is within the band of 2%
    await house.clear()
    cheap, dear = await house.now(cheap), await house.now(dear)
    assert (cheap.status, cheap.refunded, cheap.filled) == (OrderStatus.REFUNDED, cheap.terms.total, 0)
    assert cheap.reason == "price moved: BTC costs over 2% more than when the order was accepted"
    assert dear.status is OrderStatus.SETTLED
    assert [each.quantity for each in house.venue.placed] == [Decimal(20)]
    assert await house.halts() == {}
    assert (await house.in_wallet(ann, "USDT")) == (FUNDS, Decimal(0))
    await house.check_books()


async def test_at_the_edge_of_the_band_the_price_is_still_firm() -> None:
    house = Orders()
    order = await house.order(await house.buyer(), "1")
    house.prices.price = house.venue.price = Decimal(102)
    await house.clear()
    assert (await house.now(order)).status is OrderStatus.SETTLED


async def test_a_price_that_rises_after_a_batch_was_formed_refunds_only_the_order_that_it_is_too_high_for() -> None:
    house = Orders()
    who = await house.buyer()
    cheap = await house.order(who, "0.4")
    house.prices.price = house.venue.price = Decimal(101)
    dear = await house.order(who, "20")
    await house.workers[0].step()
    assert [batch.orders for batch in await house.batches()] == [2]
    house.prices.price = house.venue.price = Decimal("102.5")
    await house.clear(patience_seconds=15)
    assert [(await house.now(each)).status for each in (cheap, dear)] == [OrderStatus.REFUNDED, OrderStatus.SETTLED]
    assert [each.quantity for each in house.venue.placed] == [Decimal(20)]
    assert await house.halts() == {}
    await house.check_books()


async def test_a_batch_costs_at_most_what_the_venue_holds_and_the_rest_follows() -> None:
    house = Orders()
    who = await house.buyer()
    house.venue.funds = Decimal(310)  # three at 102 each
    orders = [await house.order(who, "1") for _ in range(4)]
    await house.clear()
    assert [each.quantity for each in house.venue.placed] == [Decimal(3), Decimal(1)]
    assert {(await house.now(each)).status for each in orders} == {OrderStatus.SETTLED}
    await house.check_books()


async def test_an_order_larger_than_the_venues_funds_waits_without_keeping_others_waiting_and_is_refunded() -> None:
    house = Orders()
    who = await house.buyer()
    house.venue.funds = Decimal(300)
    large, small = await house.order(who, "50"), await house.order(who, "1")
    await house.clear(patience_seconds=30)
    assert [(await house.now(each)).status for each in (large, small)] == [OrderStatus.QUEUED, OrderStatus.SETTLED]
    assert await house.halts() == {}
    house.pass_time(24 * 3600)
    await house.clear()
    assert (await house.now(large)).status is OrderStatus.REFUNDED
    await house.check_books()


async def test_an_order_larger_than_the_funds_is_bought_once_the_venue_holds_enough() -> None:
    house = Orders()
    house.venue.funds = Decimal(10)
    order = await house.order(await house.buyer(), "1")
    await house.clear(patience_seconds=20)
    assert (await house.now(order)).status is OrderStatus.QUEUED
    house.venue.funds = Decimal(200)
    await house.clear(patience_seconds=20)
    assert (await house.now(order)).status is OrderStatus.SETTLED


async def test_a_venue_that_refuses_for_lack_of_funds_is_asked_ever_more_rarely_and_halts_nothing() -> None:
    house = Orders()
    house.venue.next_answers = ["funds_too_low"] * 9
    order = await house.order(await house.buyer(), "1")
    started, placed_at = house.seconds, list[float]()
    with capture_logs() as logs:
        while len(placed_at) < 10:
            await house.clear(patience_seconds=1)
            placed_at += [house.seconds - started] * (len(house.venue.placed) - len(placed_at))
    pauses = [after - before for before, after in pairwise(placed_at)]
    assert all(asked - 2 <= waited <= asked + 6 for asked, waited in zip(PAUSES, pauses, strict=True)), pauses
    assert await house.halts() == {}
    told = [each for each in logs if each["event"] == "venue_lacks_funds"]
    assert (len(told), told[0]["asset"], told[0]["venue"]) == (9, "BTC", "venue")
    await house.clear()
    assert (await house.now(order)).status is OrderStatus.SETTLED
    house.venue.next_answers = ["funds_too_low"]
    await house.order(house.buyers[0], "1")
    await house.clear(patience_seconds=15)  # what was bought ended the row of refusals
    assert len(house.venue.placed) == 12
    await house.check_books()


async def test_an_order_larger_than_the_venue_takes_at_once_is_bought_in_rounds() -> None:
    house = Orders()
    house.venue.max_quantity = Decimal("1.5")
    who = await house.buyer()
    large, small = await house.order(who, "4"), await house.order(who, "1")
    await house.clear(patience_seconds=20)
    assert [each.quantity for each in house.venue.placed] == [Decimal("1.5"), Decimal("1.5"), Decimal(1), Decimal(1)]
    assert {(await house.now(each)).status for each in (large, small)} == {OrderStatus.SETTLED}
    await house.check_books()


async def test_losses_beyond_the_limit_halt_the_asset() -> None:
    house = Orders(limits=ClearingLimits(loss_limit=Decimal("1.5")))
    house.venue.price = Decimal(101)
    ann = await house.buyer()
    await house.order(ann, "1")
    await house.clear()
    assert not await house.halts()
    await house.order(ann, "1")
    await house.clear()
    assert "loss limit" in (await house.halts())[BTC]
    await house.check_books()


async def test_a_purchase_that_would_lose_too_much_is_not_sent_and_a_resume_begins_anew() -> None:
    house = Orders(limits=ClearingLimits(loss_limit=Decimal("1.5")))
    house.venue.price = Decimal(101)
    ann = await house.buyer()
    await house.order(ann, "1")
    await house.clear()
    dear = await house.order(ann, "1")
    house.prices.price = Decimal(101)
    await house.clear()
    assert ((await house.now(dear)).status, len(house.venue.placed)) == (OrderStatus.QUEUED, 1)
    reason = "clearing would have lost, with the next purchase, 2 USDT within a day, which is more than the loss limit"
    assert (await house.halts())[BTC] == reason
    house.pass_time(15)
    await house.resume(BTC)
    await house.clear()
    assert ((await house.now(dear)).status, await house.halts()) == (OrderStatus.SETTLED, {})
    await house.check_books()


async def test_what_buyers_pay_above_the_market_is_no_loss() -> None:
    charges = Charges(Decimal("0.5"), Decimal("0.1"))
    house = Orders(limits=ClearingLimits(loss_limit=Decimal("0.5"), charges=charges))
    house.venue.price = Decimal("100.6")  # buyers pay 100.6005
    ann = await house.buyer()
    for _ in range(3):
        await house.order(ann, "1")
        await house.clear()
    assert not await house.halts()
    house.venue.price = Decimal("101.2")
    await house.order(ann, "1")
    await house.clear()
    assert "clearing has lost 0.598 USDT within a day" in (await house.halts())[BTC]


async def test_nothing_is_cleared_without_a_fresh_price() -> None:
    house = Orders()
    order = await house.order(await house.buyer(), "1")
    house.prices.error = NoFreshPrice("none")
    await house.clear(patience_seconds=5)
    assert (await house.now(order)).status is OrderStatus.QUEUED


async def test_why_no_venue_can_buy_is_told_for_each_of_them() -> None:
    house = Orders(asset=ClearingAsset(BTC, ("venue", "another"), USDT, Decimal(50)))
    house.venue.is_down = True
    await house.order(await house.buyer(), "1")
    with capture_logs() as logs:
        await house.workers[0].step()
    told = [(each["asset"], each["reason"]) for each in logs if each["event"] == "venue_cannot_buy"]
    assert told == [("BTC", "venue: made to fail"), ("BTC", "another: there is no broker")]


async def test_an_order_at_another_market_than_the_one_priced_is_never_sent() -> None:
    house = Orders()
    order = await house.order(await house.buyer(), "1")
    await house.workers[0].step()
    house.prices.symbol = "KBTCUSDT"
    await house.clear(patience_seconds=5)
    assert ((await house.now(order)).has_ended, house.venue.placed) == (False, [])
    assert [each.reason for each in await house.batches()] == ["venue: venue priced KBTCUSDT, and would buy BTCUSDT"]
    house.prices.symbol = "BTCUSDT"
    await house.clear(patience_seconds=30)
    assert (await house.now(order)).status is OrderStatus.SETTLED


async def test_a_batch_whose_venue_goes_down_before_anything_was_sent_goes_back_to_the_queue() -> None:
    house = Orders()
    order = await house.order(await house.buyer(), "1")
    await house.workers[0].step()
    house.venue.is_down = True
    await house.clear(patience_seconds=615)
    assert ((await house.now(order)).status, house.venue.placed) == (OrderStatus.QUEUED, [])


async def test_the_venues_fee_in_the_base_is_bought_on_top() -> None:
    house = Orders()
    house.venue.taker_fee = Decimal("0.001")
    ann = await house.buyer()
    await house.order(ann, "1")
    await house.clear()
    assert (await house.in_wallet(ann, "BTC")) == (Decimal(1), Decimal(0))
    assert (await house.of_house("trading", "BTC")) >= 0
    await house.check_books()


async def test_a_batch_larger_than_a_chunk_is_settled_in_several_transactions() -> None:
    house = Orders(limits=replace(ClearingLimits(), chunk=3))
    ann = await house.buyer()
    orders = [await house.order(ann, "0.1") for _ in range(8)]
    await house.clear()
    assert {(await house.now(each)).status for each in orders} == {OrderStatus.SETTLED}
    await house.check_books()


class BusyDatabase(FakeDatabase):
    """Cancels the first statements, as one does for which they take too long."""

    failures_left = 0

    async def write(self, work: Callable[[FakeRepositories], Awaitable[T]]) -> T:
        if self.failures_left:
            self.failures_left -= 1
            raise DatabaseUnavailable("QueryCanceledError")
        return await super().write(work)


async def test_a_batch_that_the_database_has_no_time_for_is_formed_of_fewer_orders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(form_batches, "FEWEST_ORDERS", 1)
    database = BusyDatabase()
    house = Orders(database, limits=replace(ClearingLimits(), max_batch_orders=4))
    who = await house.buyer()
    orders = [await house.order(who, "1") for _ in range(4)]
    database.failures_left = 1
    await house.workers[0].step()
    house.pass_time(5)
    await house.workers[0].step()
    assert [batch.orders for batch in await house.batches()] == [2]
    await house.clear()
    assert {(await house.now(order)).status for order in orders} == {OrderStatus.SETTLED}
    await house.check_books()


async def test_after_failures_batches_are_small_for_a_while_and_grow_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_batches, "FEWEST_ORDERS", 2)
    database = BusyDatabase()
    house = Orders(database, limits=replace(ClearingLimits(), max_batch_orders=16))
    who = await house.buyer()
    orders = [await house.order(who, "0.1") for _ in range(16)]  # two are worth 20 USDT, less than the threshold of 50
    worker = house.workers[0]
    house.workers = [worker]
    for _ in range(4):
        database.failures_left = 1
        await worker.step()
        house.pass_time(5)
    await house.clear()
    orders += [await house.order(who, "0.1") for _ in range(16)]
    await house.clear()
    assert [each.orders for each in await house.batches()][::-1][:3] == [2, 4, 8]
    assert {(await house.now(order)).status for order in orders[:16]} == {OrderStatus.SETTLED}
    await house.check_books()


async def test_an_order_keeps_its_exchange_when_a_later_batch_buys_nothing() -> None:
    house = Orders()
    order = await house.order(await house.buyer(), "2")
    house.venue.fill_share = Decimal("0.5")
    worker = house.workers[0]
    while not house.venue.placed or (await house.now(order)).status is not OrderStatus.QUEUED:
        await worker.step()
    house.pass_time(15)
    while (await house.now(order)).status is OrderStatus.QUEUED:
        await worker.step()
    await house.halt(BTC)
    await house.clear(patience_seconds=2)
    after = await house.now(order)
    assert (after.status, after.exchange, len(await house.batches())) == (OrderStatus.QUEUED, "venue", 2)


@dataclass
class Hanging(FakeVenue):
    """Does not answer what it is asked about one pair, until it is released."""

    pair: Pair | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def rules(self, pair: Pair) -> MarketRules:
        if pair == self.pair:
            await self.released.wait()
        return await super().rules(pair)


async def test_a_venue_that_hangs_for_one_asset_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clear_orders, "STEP_SECONDS", 0.01)
    venue = Hanging(pair=Pair(BTC, USDT))
    house = Orders(venue=venue)
    eth, who = Currency("ETH"), await house.buyer()
    await house.database.write(lambda unit: unit.clearing_assets.save(replace(house.asset, code=eth)))
    waits = await house.order(who, "1")
    other = await house.accept(who, NewOrder("main", eth, USDT, Wish(eth, USDT, Decimal(1))))
    for _ in range(10):
        await house.workers[0].step()
    assert [(await house.now(each)).status for each in (waits, other)] == [OrderStatus.QUEUED, OrderStatus.SETTLED]
    venue.released.set()
    await house.clear()
    assert (await house.now(waits)).status is OrderStatus.SETTLED
    await house.check_books()


async def test_with_more_assets_than_are_stepped_at_once_each_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clear_orders, "MOST_AT_ONCE", 2)
    house = Orders()
    who = await house.buyer()
    codes = [BTC, *map(Currency, ("DOT", "ETH", "SOL", "XRP"))]
    for code in codes:
        async with house.database.writing() as unit:
            await unit.clearing_assets.save(replace(house.asset, code=code, threshold=Decimal(10_000)))
        await house.accept(who, NewOrder("main", code, USDT, Wish(code, USDT, Decimal(1))))  # below the threshold
    last = replace(house.asset, code=codes[-1])
    await house.database.write(lambda unit: unit.clearing_assets.save(last))
    for _ in range(20):
        await house.workers[0].step()
    assert [each.asset.code for each in await house.batches()] == [codes[-1]]
    assert len(house.venue.placed) == 1


@dataclass
class Faulty(FakeVenue):
    """Fails at one pair in a way that nobody foresaw."""

    pair: Pair | None = None
    asked: int = 0

    async def rules(self, pair: Pair) -> MarketRules:
        if pair == self.pair:
            self.asked += 1
            raise RuntimeError("a fault of ours")
        return await super().rules(pair)


async def test_an_asset_whose_step_fails_is_told_and_put_off_and_slows_no_other() -> None:
    venue = Faulty(pair=Pair(BTC, USDT))
    house = Orders(venue=venue)
    eth, who = Currency("ETH"), await house.buyer()
    await house.database.write(lambda unit: unit.clearing_assets.save(replace(house.asset, code=eth)))
    fails = await house.order(who, "1")
    other = await house.accept(who, NewOrder("main", eth, USDT, Wish(eth, USDT, Decimal(1))))
    house.workers = house.workers[:1]
    with capture_logs() as logs:
        await house.clear()
    assert [(await house.now(each)).status for each in (fails, other)] == [OrderStatus.QUEUED, OrderStatus.SETTLED]
    assert [(each["event"], each["asset"]) for each in logs if each["log_level"] == "error"] == [
        ("clearing_failed", "BTC")
    ]
    assert venue.asked == 1
    venue.pair = None
    await house.clear(patience_seconds=4)
    assert (await house.now(fails)).status is OrderStatus.QUEUED
    await house.clear(patience_seconds=1)
    assert (await house.now(fails)).status is OrderStatus.SETTLED


async def test_each_failure_of_a_step_is_told_with_its_asset() -> None:
    database = BusyDatabase()
    house = Orders(database)
    eth, who = Currency("ETH"), await house.buyer()
    await house.database.write(lambda unit: unit.clearing_assets.save(replace(house.asset, code=eth)))
    await house.order(who, "1")
    await house.accept(who, NewOrder("main", eth, USDT, Wish(eth, USDT, Decimal(1))))
    database.failures_left = 2
    with capture_logs() as logs:
        assert await house.workers[0].step() is False
    told = {(each["event"], each["asset"]) for each in logs if each["log_level"] == "warning"}
    assert told == {("clearing_interrupted", "BTC"), ("clearing_interrupted", "ETH")}


async def test_a_step_that_hangs_for_too_long_is_given_up_and_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clear_orders, "STEP_SECONDS", 0.01)
    monkeypatch.setattr(clear_orders, "LONGEST_STEP_SECONDS", 0.02)
    house = Orders(venue=Hanging(pair=Pair(BTC, USDT)))
    order = await house.order(await house.buyer(), "1")
    with capture_logs() as logs:
        await house.workers[0].step()
        await house.workers[0].finish()
    assert ("clearing_step_timed_out", "BTC") in [(each["event"], each.get("asset")) for each in logs]
    house.venue.pair = None  # type: ignore[attr-defined] # it is the one made above
    await house.clear()
    assert (await house.now(order)).status is OrderStatus.SETTLED


async def test_what_a_venue_says_is_told_to_administrators_only() -> None:
    house = Orders()
    house.venue.next_answers = ["refused"] * 5
    order = await house.order(await house.buyer(), "1")
    await house.clear(patience_seconds=30)
    assert (await house.now(order)).reason == "it could not be bought at that moment"
    assert "Market is closed" in ((await house.batches())[0].reason or "")


async def test_of_very_many_orders_all_count_for_the_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (clear_orders, form_batches):
        monkeypatch.setattr(module, "MOST_SUMMED", 3)
    house = Orders()
    who = await house.buyer()
    orders = [await house.order(who, "0.1") for _ in range(4)]
    await house.clear()
    assert await house.batches() == []
    orders += [await house.order(who, "0.1") for _ in range(2)]
    await house.clear(patience_seconds=20)
    assert {(await house.now(each)).status for each in orders} == {OrderStatus.SETTLED}
