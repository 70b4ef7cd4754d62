"""Orders are cleared over the fake, SQLite and Postgres alike; what the repositories of orders promise."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from application.orders.clearing_limits import ClearingLimits
from application.orders.ports.intake import Payer
from application.orders.ports.orders import Bounds
from application.ports.database import Database
from domain.currency import Currency
from domain.identity.user import User
from domain.ledger.asset import MAX_UNITS, Asset
from domain.orders.attempt import Attempt, AttemptOutcome
from domain.orders.batch import Batch
from domain.orders.clearing_asset import AfterWait, ClearingAsset, Halt, Rest
from domain.orders.errors import ClaimLost, FillBelongsToAnotherBatch, OrderNotCancellable
from domain.orders.order import Order, OrderStatus, Part, Purchaser
from domain.orders.price_band import PriceBand
from domain.orders.price_lock import PriceLock
from domain.orders.sale import Sale
from domain.orders.terms import Market, Terms
from domain.orders.venue_order import Fill, VenueOrder
from domain.pair import Pair
from domain.wallets.wallet import WalletName
from tests.contracts.database.repositories import AllRepositories
from tests.unit.application.orders.harness import BTC, FUNDS, USDT, Orders
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.money import BTC as BTC_ASSET
from tests.unit.fakes.money import USD

AllDatabase = Database[AllRepositories]

ETH = Currency("ETH")
SATOSHI = Decimal("1E-8")


@pytest.fixture
def house(database: AllDatabase) -> Orders:
    return Orders(database, limits=ClearingLimits(chunk=3))


def batch(asset: Currency = BTC) -> Batch:
    return Batch(uuid4(), replace(BTC_ASSET, code=asset), USD, 2, 10, 20, NOON)


def attempt_of(of: Batch, number: int = 1) -> Attempt:
    id_ = f"cr{of.id.hex[:24]}-{number}"
    sent = VenueOrder(id_, "BTCUSDT", Pair(BTC, USDT), Decimal("0.10"), Decimal("100.50"), 1_714_304_596_123, 5000)
    return Attempt(of.id, number, "venue", sent, NOON)


async def changed(unit: AllRepositories, house: Orders) -> None:
    await unit.clearing_assets.find(BTC, for_change=True)
    await unit.clearing_assets.save(replace(house.asset, clear_with=ETH))


def a_purchase(payer: Payer | None, sale: Sale, who: User) -> Order:
    assert payer is not None
    assert payer.pays_from is not None
    terms = Terms.of_amount(
        sale.buy, sale.pay_with, Decimal(1), Market(Decimal(1), Decimal(1), sale.clear_with, Decimal(0))
    )
    return Order(uuid4(), Purchaser(who.id, payer.wallet_id, payer.pays_from, uuid4()), terms, NOON, NOON, uuid4())


async def test_orders_of_several_users_are_bought_together_and_settled_to_the_last_unit(house: Orders) -> None:
    buyers = [await house.buyer(name) for name in ("ann", "bob", "cee")]
    orders = [await house.order(who, amount) for who in buyers for amount in ("0.1", "0.00000001", "0.3")]
    await house.clear()
    assert {(await house.now(order)).status for order in orders} == {OrderStatus.SETTLED}
    for who in buyers:
        assert (await house.in_wallet(who, "BTC")) == (Decimal("0.40000001"), Decimal(0))
        assert (await house.in_wallet(who, "USDT"))[1] == 0
    assert await house.at_venue("BTC") == Decimal("1.20001")  # whole lots; what is too much is the house's
    assert await house.of_house("trading", "BTC") == Decimal("0.00000997")
    assert await house.at_venue("USDT") == Decimal("-120.001")
    await house.check_books()


async def test_a_part_is_divided_by_largest_remainder_and_the_rest_is_requeued(house: Orders) -> None:
    who = await house.buyer()
    orders = [await house.order(who, "1") for _ in range(3)]
    house.venue.fill_share = Decimal("0.5")
    while not house.venue.placed:
        await house.workers[0].step()
    while len(await house.batches()) == 1 and await house.workers[0].step():
        pass
    house.venue.fill_share = Decimal(1)
    await house.clear(patience_seconds=15)
    assert {(await house.now(order)).status for order in orders} == {OrderStatus.SETTLED}
    assert (await house.in_wallet(who, "BTC")) == (Decimal(3), Decimal(0))
    assert (await house.in_wallet(who, "USDT")) == (FUNDS - 303, Decimal(0))
    await house.check_books()


async def test_of_a_cancellation_and_a_batch_at_the_same_time_one_has_the_order(house: Orders) -> None:
    who = await house.buyer()
    for _ in range(5):
        order = await house.order(who, "1")

        async def cancelled(id_: object = order.id) -> bool:
            try:
                await house.cancel(who, id_)  # type: ignore[arg-type] # bound for this round
            except OrderNotCancellable:
                return False
            return True

        was_cancelled, *_ = await asyncio.gather(cancelled(), *(worker.step() for worker in house.workers))
        await house.clear()
        expected = OrderStatus.REFUNDED if was_cancelled else OrderStatus.SETTLED
        assert (await house.now(order)).status is expected
        await house.check_books()


async def test_two_workers_at_the_same_time_send_each_batch_once(house: Orders) -> None:
    who = await house.buyer()
    orders = [await house.order(who, "0.5") for _ in range(8)]
    for _ in range(40):
        await asyncio.gather(*(worker.step() for worker in house.workers))
    assert {(await house.now(order)).status for order in orders} == {OrderStatus.SETTLED}
    assert len({sent.client_order_id for sent in house.venue.placed}) == len(house.venue.placed)
    assert sum(sent.quantity for sent in house.venue.placed) == 4
    await house.check_books()


async def test_a_batch_takes_the_oldest_orders_within_the_band_and_the_others_are_found(house: Orders) -> None:
    who = await house.buyer()
    cheap = [await house.order(who, amount) for amount in ("0.3", "0.00000001")]
    house.prices.price = Decimal(103)
    dear = [await house.order(who, "0.1") for _ in range(3)]
    beyond = PriceBand.at(Decimal("102.5"), Decimal(2), cheap[0].terms.buy, cheap[0].terms.pay_with)
    new = replace(batch(), asset=cheap[0].terms.buy, clear_with=cheap[0].terms.pay_with)
    async with house.database.writing() as unit:
        assert [each.id for each in await unit.orders.lock_queued_beyond(BTC, beyond, 5)] == [each.id for each in cheap]
        assert len(await unit.orders.lock_queued_beyond(BTC, beyond, 1)) == 1
        assert await unit.orders.lock_queued_beyond(ETH, beyond, 5) == []
        assert await unit.batches.add(new)
        formed = await unit.orders.batch_queued(BTC, new.id, NOON, Bounds(2, MAX_UNITS, MAX_UNITS, beyond))
        wanted, cost = (2 * getattr(dear[0].terms, name) for name in ("amount", "market_cost"))
        assert formed == (2, wanted, cost)
        assert await unit.orders.has_beyond(BTC, None, beyond)
        assert not await unit.orders.has_beyond(BTC, new.id, beyond)
        assert not await unit.orders.has_beyond(ETH, None, beyond)
        higher = PriceBand.at(Decimal("105.07"), Decimal(2), new.asset, new.clear_with)
        assert await unit.orders.has_beyond(BTC, new.id, higher)
    assert [(await house.now(each)).status for each in [*cheap, *dear]] == [
        *[OrderStatus.QUEUED] * 2,
        *[OrderStatus.BATCHED] * 2,
        OrderStatus.QUEUED,
    ]


async def test_a_batch_takes_the_oldest_that_fit_and_leaves_out_what_never_can(house: Orders) -> None:
    who = await house.buyer()
    orders = [await house.order(who, amount) for amount in ("0.3", "5", "0.5", "0.4", "0.1")]
    terms = orders[0].terms
    new = replace(batch(), asset=terms.buy, clear_with=terms.pay_with)
    band, units = PriceBand.at(Decimal(100), Decimal(2), new.asset, new.clear_with), terms.buy.units_of
    async with house.database.writing() as unit:
        assert await unit.batches.add(new)
        assert await unit.orders.count_larger(BTC, units(Decimal("0.4"))) == 2
        bounds = Bounds(10, units(Decimal(1)), units(Decimal(2)), band)
        orders_in, wanted, _ = await unit.orders.batch_queued(BTC, new.id, NOON, bounds)
    assert (orders_in, wanted) == (2, units(Decimal("0.8")))
    statuses = [(await house.now(each)).status for each in orders]
    assert [each is OrderStatus.BATCHED for each in statuses] == [True, False, True, False, False]


async def test_a_first_order_that_alone_wants_more_than_the_bound_is_taken(house: Orders) -> None:
    who = await house.buyer()
    orders = [await house.order(who, amount) for amount in ("3", "0.1")]
    terms = orders[0].terms
    new = replace(batch(), asset=terms.buy, clear_with=terms.pay_with)
    band, units = PriceBand.at(Decimal(100), Decimal(2), new.asset, new.clear_with), terms.buy.units_of
    async with house.database.writing() as unit:
        assert await unit.batches.add(new)
        bounds = Bounds(10, units(Decimal(1)), MAX_UNITS, band)
        assert (await unit.orders.batch_queued(BTC, new.id, NOON, bounds))[:2] == (1, terms.amount)


async def test_an_asset_has_one_unfinished_batch(database: AllDatabase) -> None:
    first = batch()
    async with database.writing() as unit:
        assert await unit.batches.add(first)
        assert not await unit.batches.add(batch())
        assert await unit.batches.add(batch(ETH))
    async with database.writing() as unit:
        await unit.batches.save(first.finish(NOON))
        assert await unit.batches.add(batch())
        assert await unit.batches.find_last_done(BTC) == first.finish(NOON)


async def test_a_claim_keeps_other_workers_out_until_it_ends_and_its_token_counts(database: AllDatabase) -> None:
    new = batch()
    async with database.writing() as unit:
        await unit.batches.add(new)
    async with database.writing() as unit:
        first = await unit.batches.claim(new.id, "one", NOON, NOON + 60)
        assert first is not None
        assert await unit.batches.claim(new.id, "two", NOON + 59, NOON + 120) is None
        second = await unit.batches.claim(new.id, "two", NOON + 60, NOON + 120)
        assert second is not None
        assert second.token > first.token
    with pytest.raises(ClaimLost):
        async with database.writing() as unit:
            await unit.batches.save(first.place("venue", NOON, 0))
    async with database.writing() as unit:
        await unit.batches.save(second.place("venue", NOON, 5))
        assert await unit.batches.claim(new.id, "three", NOON + 61, NOON + 120) is not None


async def test_a_claim_from_the_future_is_void(database: AllDatabase) -> None:
    new = batch()
    async with database.writing() as unit:
        await unit.batches.add(new)
        assert await unit.batches.claim(new.id, "one", NOON + 3600, NOON + 3660)
        assert await unit.batches.claim(new.id, "two", NOON, NOON + 60)


async def test_what_a_day_s_batches_cost_is_added_up_to_the_last_unit(database: AllDatabase) -> None:
    most = 10**37 + 1
    for received in (most, most // 3, most + 5, 0):
        new = replace(batch(), wanted=most, market_cost=most - 2, received=received, paid=received, traded_at=NOON)
        async with database.writing() as unit:
            assert await unit.batches.add(new.finish(NOON))
            assert await unit.batches.add(replace(batch(), orders=0, wanted=0, market_cost=0).finish(NOON))
            assert await unit.batches.add(replace(batch(ETH), traded_at=NOON).finish(NOON))
    async with database.reading() as unit:
        paid, fair_cost = await unit.batches.traded_since(BTC, NOON - 1)
    assert paid == 2 * most + most // 3 + 5
    assert fair_cost == 2 * (most - 2) + (most - 2) * (most // 3) // most


async def test_a_batch_is_found_as_it_was_stored(database: AllDatabase) -> None:
    placed = batch().place("venue", NOON, 7).put_off(NOON + 1, "slow")
    full = replace(placed, stuck_since=NOON, traded_at=NOON, received=9, paid=21)
    async with database.writing() as unit:
        await unit.batches.add(full)
        assert await unit.batches.find(full.id) == full
        assert await unit.batches.traded_since(BTC, NOON - 1) == (21, 18)
        assert await unit.batches.traded_since(BTC, NOON) == (0, 0)
        settled = full.dissolve("nothing")
        await unit.batches.save(settled)
        assert await unit.batches.list_unfinished() == [settled]
        assert await unit.batches.list_some([full.id, uuid4()]) == [settled]


async def test_an_attempt_is_found_exactly_as_it_was_stored(database: AllDatabase) -> None:
    of = batch()
    first, second = attempt_of(of), attempt_of(of, 2)
    failed = replace(first, outcome=AttemptOutcome.ABSENT, reason="never there", venue_order_id="v1")
    async with database.writing() as unit:
        await unit.batches.add(of)
        await unit.batches.add_attempt(first)
        await unit.batches.save_attempt(failed)
        await unit.batches.add_attempt(second)
        assert await unit.batches.list_attempts(of.id) == [failed, second]
        assert await unit.batches.last_attempt(of.id) == second
        found = await unit.batches.last_attempt(of.id)
        assert found is not None
        assert (str(found.order.quantity), str(found.order.limit_price)) == ("0.10", "100.50")


async def test_a_venues_trade_counts_for_one_batch(database: AllDatabase) -> None:
    mine, other = batch(), batch(ETH)
    fill = Fill("t1", Decimal("100.5"), Decimal("0.1"), Decimal("0.0001"), BTC)
    async with database.writing() as unit:
        for each in (mine, other):
            await unit.batches.add(each)
            await unit.batches.add_attempt(attempt_of(each))
        await unit.batches.add_fills(attempt_of(mine), [fill])
        await unit.batches.add_fills(attempt_of(mine), [fill])
        assert await unit.batches.list_fills_of([mine.id]) == {mine.id: [fill]}
    with pytest.raises(FillBelongsToAnotherBatch):
        async with database.writing() as unit:
            await unit.batches.add_fills(attempt_of(other), [fill])


async def test_orders_are_listed_newest_first_by_status_and_by_page(house: Orders) -> None:
    ann, bob = await house.buyer("ann"), await house.buyer("bob")
    orders = [await house.order(ann, "0.1") for _ in range(4)]
    await house.order(bob, "0.1")
    await house.cancel(ann, orders[1].id)
    async with house.database.reading() as unit:
        page = await unit.orders.list_by_user(ann.id, None, None, 3)
        assert [order.id for order in page] == [orders[3].id, orders[2].id, orders[1].id]
        rest = await unit.orders.list_by_user(ann.id, None, page[-1].id, 3)
        assert [order.id for order in rest] == [orders[0].id]
        queued = await unit.orders.list_by_user(ann.id, OrderStatus.QUEUED, None, 10)
        assert [order.id for order in queued] == [orders[3].id, orders[2].id, orders[0].id]
        assert await unit.orders.list_by_user(ann.id, OrderStatus.PLACING, None, 10) == []
        assert await unit.orders.find(bob.id, orders[0].id) is None


async def test_what_is_queued_is_added_up_exactly(house: Orders) -> None:
    who = await house.buyer(funds=Decimal(10) ** 14)
    oldest = await house.order(who, "123456789.00000001")
    house.pass_time(5)
    await house.order(who, "987654321.99999999")
    async with house.database.reading() as unit:
        (first,) = await unit.orders.oldest_queued([BTC, ETH], 1)
        assert (first.orders, first.units) == (1, oldest.terms.amount)
        assert await unit.orders.oldest_queued([BTC, ETH], 100) == await unit.orders.queues()
        assert await unit.orders.oldest_queued([], 100) == []
        [queue] = await unit.orders.queues()
    assert (queue.asset, queue.orders, queue.oldest_at) == (BTC, 2, oldest.created_at)
    assert queue.units == 1_111_111_111 * 10**18


async def test_an_order_is_found_whoever_s_it_is(house: Orders) -> None:
    order = await house.order(await house.buyer(), "0.1")
    async with house.database.writing() as unit:
        found = await unit.orders.find_of_anyone(order.id, for_change=True)
        assert found == await unit.orders.find(order.purchaser.user_id, order.id)
        assert await unit.orders.find_of_anyone(uuid4()) is None


async def test_parts_are_listed_as_they_were_stored_even_if_the_clock_is_set_back(house: Orders) -> None:
    order = await house.order(await house.buyer(), "1")
    parts = []
    for at in (NOON + 5, NOON - 5, NOON):
        new = batch()
        parts.append(Part(order.id, new.id, 1, 1, 0, at, OrderStatus.QUEUED))
        async with house.database.writing() as unit:
            assert await unit.batches.add(new.finish(at))
            await unit.orders.add_parts(parts[-1:])
    async with house.database.reading() as unit:
        assert await unit.orders.list_parts(order.id) == parts


async def test_a_price_lock_is_accepted_once(house: Orders) -> None:
    who = await house.buyer()
    terms = (await house.order(who, "0.1")).terms
    lock = PriceLock(uuid4(), who.id, terms, USDT, NOON, NOON + 10)
    async with house.database.writing() as unit:
        await unit.price_locks.add(lock)
        assert await unit.price_locks.find(who.id, lock.id, for_change=True) == lock
        assert await unit.price_locks.find(uuid4(), lock.id) is None
        assert await unit.price_locks.accept(lock.id, uuid4())
        assert not await unit.price_locks.accept(lock.id, uuid4())
        assert await unit.price_locks.delete_expired(NOON, 10) == 0
        assert await unit.price_locks.delete_expired(NOON + 11, 10) == 1


async def test_what_an_order_depends_on_is_found_at_once_and_stays(house: Orders) -> None:
    who, main = await house.buyer(), WalletName("main")
    async with house.database.writing() as unit:
        sale, payer = await unit.intake.hold_sale(who.id, main, BTC, USDT)
        assert sale is not None
        bitcoin, dollar = Asset(BTC, 18), Asset(USDT, 18)
        assert sale == Sale(house.asset, is_halted=False, buy=bitcoin, pay_with=dollar, clear_with=dollar)
        assert await unit.intake.sale(BTC, USDT) == sale
        (currency,) = await unit.wallets.list_currencies([payer.wallet_id] if payer else [])
        assert payer == Payer(currency.wallet_id, currency.id, None, has_webhooks=False)
        assert await unit.intake.hold_sale(who.id, WalletName("other"), ETH, USDT) == (None, None)
        changing = asyncio.create_task(house.database.write(lambda unit: changed(unit, house)))
        await asyncio.sleep(0.1)
        assert not changing.done()
        order = a_purchase(payer, sale, who)
        assert not await unit.orders.add(order, ETH)
        assert await unit.orders.add(order, USDT)
    await changing
    async with house.database.writing() as unit:
        assert not await unit.orders.add(replace(order, id=uuid4()), USDT)
        halt = Halt(None, "a test", "root", NOON)
        assert await unit.clearing_halts.add(halt)
        found = await unit.intake.sale(BTC, USDT)
        assert found == replace(
            sale, asset=replace(house.asset, clear_with=ETH), is_halted=True, clear_with=Asset(ETH, 18)
        )


async def test_assets_and_halts_are_found_as_they_were_stored(database: AllDatabase) -> None:
    asset = ClearingAsset(BTC, ("binance", "kucoin"), USDT, Decimal("12.50"), AfterWait.BUY, 60.0, Rest.REFUND)
    one, every = Halt(BTC, "loss limit", "clearing", NOON), Halt(None, "by hand", "admin", NOON)
    async with database.writing() as unit:
        await unit.clearing_assets.save(ClearingAsset(BTC, ("binance",)))
        await unit.clearing_assets.save(asset)
        assert await unit.clearing_assets.list() == [asset]
        await unit.clearing_assets.note_resumed(BTC, NOON)
        await unit.clearing_assets.save(asset)
        assert await unit.clearing_assets.list() == [replace(asset, resumed_at=NOON)]
        assert await unit.clearing_assets.find(ETH) is None
        assert await unit.clearing_halts.add(one)
        assert not await unit.clearing_halts.add(replace(one, reason="again"))
        assert await unit.clearing_halts.add(every)
        assert await unit.clearing_halts.all() == {BTC: one, None: every}
        assert await unit.clearing_halts.remove(BTC)
        assert not await unit.clearing_halts.remove(BTC)
