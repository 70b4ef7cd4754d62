"""What may be bought, and whether it may be bought now."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from application.idempotency.write_once import AlreadyAnswered, Once
from application.orders.lock_price import LockPrice
from application.orders.purchase import NewOrder, PricePurchase, Wish
from domain.currency import Currency
from domain.errors import ConcurrentChange
from domain.idempotency.keyed_request import Answer, IdempotencyKey, KeyedRequest
from domain.orders.errors import (
    IntakeClosed,
    InvalidPurchase,
    NoFreshPrice,
    NotForSale,
    PriceAboveMax,
    PriceLockNotUsable,
)
from domain.orders.terms import Charges, FirmPrice
from tests.unit.application.orders.harness import BTC, FUNDS, USDT, Orders
from tests.unit.fakes.venue import FakeOrderPrices


@pytest.mark.parametrize("halted", [BTC, None])
async def test_while_buying_is_halted_no_orders_are_taken(halted: Currency | None) -> None:
    orders = Orders()
    orders.asset = replace(orders.asset, takes_orders_when_halted=False)
    ann = await orders.buyer()
    await orders.halt(halted)
    with pytest.raises(IntakeClosed, match="buying BTC is halted"):
        await orders.order(ann)
    assert await orders.in_wallet(ann, "USDT") == (FUNDS, Decimal(0))
    await orders.resume(halted)
    await orders.order(ann)


async def test_a_halt_of_another_asset_closes_nothing() -> None:
    orders = Orders()
    orders.asset = replace(orders.asset, takes_orders_when_halted=False)
    ann = await orders.buyer()
    await orders.halt(Currency("ETH"))
    await orders.order(ann)


async def test_an_asset_may_go_on_taking_orders_while_it_is_halted() -> None:
    orders = Orders()
    assert orders.asset.takes_orders_when_halted
    ann = await orders.buyer()
    await orders.halt(BTC)
    order = await orders.order(ann)
    await orders.clear()
    assert (await orders.now(order)).status.value == "queued"


async def test_without_a_fresh_price_nothing_is_held() -> None:
    orders = Orders()
    ann = await orders.buyer()
    orders.prices.error = NoFreshPrice("binance: timeout")
    with pytest.raises(NoFreshPrice):
        await orders.order(ann)
    assert await orders.in_wallet(ann, "USDT") == (FUNDS, Decimal(0))


async def test_what_no_admin_has_put_up_is_not_for_sale() -> None:
    orders = Orders()
    ann = await orders.buyer()
    eth = Currency("ETH")
    with pytest.raises(NotForSale, match="ETH is not for sale here"):
        await orders.accept(ann, NewOrder("main", eth, USDT, Wish(eth, USDT, Decimal(1))))


async def test_what_the_house_itself_cannot_buy_is_not_for_sale_whatever_pays() -> None:
    class OnlyForEuros(FakeOrderPrices):
        async def executable(self, buy: Currency, pay_with: Currency, now: float) -> FirmPrice:
            if pay_with != "EUR":
                raise NotForSale("buys none", "pay_with")
            return await super().executable(buy, pay_with, now)

    orders = Orders(prices=OnlyForEuros())
    ann, eur = await orders.buyer(), Currency("EUR")
    with pytest.raises(NotForSale, match="BTC is not for sale here") as caught:
        await orders.accept(ann, NewOrder("main", BTC, eur, Wish(BTC, eur, Decimal(1))))
    assert caught.value.field == "buy"


def test_a_wish_is_an_amount_or_what_to_spend_and_never_paid_with_itself() -> None:
    for both in ({}, {"amount": Decimal(1), "spend": Decimal(1)}):
        with pytest.raises(InvalidPurchase):
            Wish(BTC, USDT, **both)
    with pytest.raises(NotForSale) as caught:
        Wish(BTC, BTC, Decimal(1))
    assert caught.value.field == "pay_with"


async def test_a_price_lock_ends_when_the_asset_is_cleared_with_another_currency() -> None:
    orders = Orders()
    ann = await orders.buyer()
    lock = await locking(orders)(ann, Wish(BTC, USDT, Decimal(1)))
    for clear_with in (Currency("ETH"), USDT):
        async with orders.database.writing() as unit:
            await unit.clearing_assets.save(replace(orders.asset, clear_with=clear_with))
        accepted = orders.accept(ann, NewOrder("main", BTC, USDT, None, lock.id))
        if clear_with == USDT:
            assert (await accepted).terms == lock.terms
        else:
            with pytest.raises(PriceLockNotUsable, match="lock the price again"):
                await accepted
            assert await orders.in_wallet(ann, "USDT") == (FUNDS, Decimal(0))


def locking(orders: Orders) -> LockPrice:
    price = PricePurchase(
        database=orders.database, prices=orders.prices, clock=orders.clock, charges=Charges(Decimal(0), Decimal(1))
    )
    return LockPrice(database=orders.database, clock=orders.clock, price_purchase=price, seconds=10)


async def test_a_price_lock_is_not_accepted_while_no_orders_are_taken() -> None:
    orders = Orders()
    orders.asset = replace(orders.asset, takes_orders_when_halted=False)
    ann = await orders.buyer()
    lock = await locking(orders)(ann, Wish(BTC, USDT, Decimal(1)))
    await orders.halt(BTC)
    with pytest.raises(IntakeClosed):
        await orders.accept(ann, NewOrder("main", BTC, USDT, None, lock.id))
    assert await orders.in_wallet(ann, "USDT") == (FUNDS, Decimal(0))
    await orders.resume(BTC)
    assert (await orders.accept(ann, NewOrder("main", BTC, USDT, None, lock.id))).terms == lock.terms


@dataclass
class ChangingSale(FakeOrderPrices):
    """An administrator changes what the asset is cleared with whenever a price is asked for, `changes` times."""

    orders: Orders | None = None
    changes: int = 0
    asked: list[Currency] = field(default_factory=list)

    async def executable(self, buy: Currency, pay_with: Currency, now: float) -> FirmPrice:
        self.asked.append(pay_with)
        if self.changes and self.orders is not None:
            self.changes -= 1
            self.price += 1
            async with self.orders.database.writing() as unit:
                clear_with = Currency(f"USD{self.changes}")
                await unit.clearing_assets.save(replace(self.orders.asset, clear_with=clear_with))
        return await super().executable(buy, pay_with, now)


async def test_where_the_sale_changes_after_the_price_was_found_another_price_is_found_once() -> None:
    prices = ChangingSale()
    prices.orders = orders = Orders(prices=prices)
    ann = await orders.buyer()
    prices.changes = 1
    order = await orders.order(ann)
    assert prices.asked == [USDT, USDT, Currency("USD0")]
    assert order.terms.price == 101
    assert len(await orders.waiting(ann)) == 1
    await orders.check_books()


async def test_the_second_price_must_be_acceptable_too() -> None:
    class Dearer(ChangingSale):
        async def executable(self, buy: Currency, pay_with: Currency, now: float) -> FirmPrice:
            found = await super().executable(buy, pay_with, now)
            self.price = Decimal(300)
            return found

    prices = Dearer()
    prices.orders = orders = Orders(prices=prices)
    ann = await orders.buyer()
    prices.changes = 1
    with pytest.raises(PriceAboveMax):
        await orders.accept(ann, NewOrder("main", BTC, USDT, Wish(BTC, USDT, Decimal(1)), max_price=Decimal(200)))
    assert await orders.in_wallet(ann, "USDT") == (FUNDS, Decimal(0))


@pytest.mark.parametrize("what", ["order", "lock"])
async def test_a_sale_that_goes_on_changing_takes_no_order_and_locks_no_price(what: str) -> None:
    prices = ChangingSale()
    prices.orders = orders = Orders(prices=prices)
    ann = await orders.buyer()
    prices.changes = 100
    with pytest.raises(ConcurrentChange, match="is being changed"):
        await (orders.order(ann) if what == "order" else locking(orders)(ann, Wish(BTC, USDT, Decimal(1))))
    assert await orders.in_wallet(ann, "USDT") == (FUNDS, Decimal(0))


async def test_a_remembered_sale_refuses_nothing_that_is_sold_now() -> None:
    class NotForTrueUsd(FakeOrderPrices):
        async def executable(self, buy: Currency, pay_with: Currency, now: float) -> FirmPrice:
            if pay_with == "TUSD" and self.price > 100:
                raise NotForSale("buys none", "pay_with")
            return await super().executable(buy, pay_with, now)

    orders = Orders(prices=NotForTrueUsd())
    orders.asset = replace(orders.asset, clear_with=Currency("TUSD"))
    ann = await orders.buyer()
    await orders.order(ann)
    async with orders.database.writing() as unit:
        await unit.clearing_assets.save(replace(orders.asset, clear_with=USDT))
    orders.prices.price = Decimal(101)
    assert (await orders.order(ann)).terms.price == 101


async def test_a_repeated_price_lock_is_the_first_one_even_where_no_price_is_found() -> None:
    orders = Orders()
    ann, answer = await orders.buyer(), Answer(201, {}, b"{}")
    request = KeyedRequest(str(ann.id), IdempotencyKey("my-lock"), bytes(32))
    lock_price, wish = locking(orders), Wish(BTC, USDT, Decimal(1))
    await lock_price(ann, wish, Once(request, orders.clock.now(), lambda _: answer))
    orders.prices.error = NoFreshPrice("binance: timeout")
    with pytest.raises(AlreadyAnswered) as caught:
        await lock_price(ann, wish, Once(request, orders.clock.now(), lambda _: answer))
    assert caught.value.answer == answer
