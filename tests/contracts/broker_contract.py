"""What clearing relies on in any broker. Every adapter and the fake pass the same suite."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from itertools import count
from typing import ClassVar

import pytest

from application.orders.ports.broker import Broker
from domain.currency import Currency
from domain.orders.errors import BrokerUnavailable, NotTradable, OrderRefused, PlacementUnknown
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from tests.unit.fakes.clock import FakeClock

BTC, USDT = Currency("BTC"), Currency("USDT")
PAIR = Pair(BTC, USDT)
WINDOW_MS = 5000
FUNDS = Decimal(100_000)

# A venue that only accepts an order at first is asked for it this often.
MOST_QUESTIONS = 5


class BrokerVenue(ABC):
    """A broker under test and its surroundings. Its account begins with `FUNDS` of USDT, and PAIR has a live book."""

    broker: Broker
    clock: FakeClock

    def __init__(self) -> None:
        self._numbers = count(1)

    @property
    @abstractmethod
    def ask(self) -> Decimal:
        """The best ask of PAIR now."""

    @abstractmethod
    def restart(self) -> None:
        """Replace the broker by a new one, which knows nothing from before."""

    @abstractmethod
    def break_down(self) -> None:
        """From now on, nothing is answered and no order is executed."""

    @abstractmethod
    def recover(self) -> None: ...

    @abstractmethod
    def lose_next_answer(self) -> None:
        """Execute the next order, and lose the answer."""

    async def order(self, *, quantity: Decimal | None = None, limit: Decimal | None = None) -> VenueOrder:
        """Make an order that obeys the rules: by default for 100 USDT or so, at a limit 1% above the ask."""
        rules = await self.broker.rules(PAIR)
        price = stepped(self.ask * Decimal("1.01"), rules.tick_size, ROUND_UP) if limit is None else limit
        if quantity is None:
            quantity = stepped(Decimal(100) / self.ask, rules.lot_size, ROUND_UP)
        return VenueOrder(
            client_order_id=f"cr0123456789abcdef01234567-{next(self._numbers)}",
            symbol=rules.symbol,
            pair=PAIR,
            quantity=quantity,
            limit_price=price,
            signed_at_ms=int(self.clock.now() * 1000),
            receive_window_ms=WINDOW_MS,
        )


def stepped(number: Decimal, step: Decimal | None, rounding: str) -> Decimal:
    return number if step is None else (number / step).quantize(Decimal(1), rounding) * step


async def done(broker: Broker, order: VenueOrder) -> VenueReport:
    """Place the order, and ask for it until it is done."""
    report = await broker.place(order)
    for _ in range(MOST_QUESTIONS):
        if report.status is VenueStatus.DONE:
            return report
        found = await broker.find(order)
        assert found is not None
        report = found
    raise AssertionError("the order is still open")


def received(fills: list[Fill]) -> Decimal:
    """What came in of the base after fees."""
    return sum((fill.quantity - (fill.fee if fill.fee_asset == BTC else 0) for fill in fills), Decimal(0))


def paid(fills: list[Fill]) -> Decimal:
    """What went out of the quote, with fees."""
    return sum((fill.quantity * fill.price + (fill.fee if fill.fee_asset == USDT else 0) for fill in fills), Decimal(0))


def differences(before: Mapping[Currency, Decimal], after: Mapping[Currency, Decimal]) -> dict[Currency, Decimal]:
    codes = {*before, *after}
    changes = {code: after.get(code, Decimal(0)) - before.get(code, Decimal(0)) for code in codes}
    return {code: change for code, change in changes.items() if change}


class BrokerContract(ABC):
    @pytest.fixture
    @abstractmethod
    def venue(self) -> BrokerVenue: ...

    def test_its_name_is_in_lower_case(self, venue: BrokerVenue) -> None:
        assert venue.broker.venue
        assert venue.broker.venue == venue.broker.venue.lower()
        assert venue.broker.venue.isascii()

    async def test_its_time_is_that_by_which_it_checks_orders(self, venue: BrokerVenue) -> None:
        assert await venue.broker.time_ms() == int(venue.clock.now() * 1000)
        venue.clock.advance(3.5)
        time_ms = await venue.broker.time_ms()
        assert time_ms == int(venue.clock.now() * 1000)
        await done(venue.broker, replace(await venue.order(), signed_at_ms=time_ms - WINDOW_MS + 500))

    async def test_rules_have_the_venue_s_symbol_and_steps_above_zero(self, venue: BrokerVenue) -> None:
        rules = await venue.broker.rules(PAIR)
        assert rules.symbol
        assert rules.pair == PAIR
        for step in (rules.tick_size, rules.lot_size, rules.min_quantity, rules.max_quantity, rules.min_notional):
            assert step is None or step > 0
        assert 0 <= rules.taker_fee < Decimal("0.1")

    @pytest.mark.parametrize(
        "pair", [Pair(USDT, BTC), Pair(Currency("NOSUCH"), USDT), Pair(Currency("B"), USDT)], ids=str
    )
    async def test_a_pair_that_is_not_traded_has_no_rules(self, venue: BrokerVenue, pair: Pair) -> None:
        with pytest.raises(NotTradable):
            await venue.broker.rules(pair)

    async def test_an_order_above_the_ask_is_filled_at_most_at_its_limit(self, venue: BrokerVenue) -> None:
        order = await venue.order()
        report = await done(venue.broker, order)
        assert report.quantity == order.quantity
        assert 0 < report.funds <= order.quantity * order.limit_price
        assert report.venue_order_id

    async def test_an_order_below_the_ask_is_done_with_nothing(self, venue: BrokerVenue) -> None:
        rules = await venue.broker.rules(PAIR)
        before = await venue.broker.balances()
        order = await venue.order(limit=stepped(venue.ask * Decimal("0.99"), rules.tick_size, ROUND_DOWN))
        report = await done(venue.broker, order)
        assert (report.quantity, report.funds) == (Decimal(0), Decimal(0))
        assert await venue.broker.fills(order, report) == ()
        assert differences(before, await venue.broker.balances()) == {}

    async def test_fills_add_up_to_the_report(self, venue: BrokerVenue) -> None:
        order = await venue.order()
        report = await done(venue.broker, order)
        fills = list(await venue.broker.fills(order, report))
        assert sum(fill.quantity for fill in fills) == report.quantity
        assert sum(fill.quantity * fill.price for fill in fills) == report.funds
        assert all(0 < fill.price <= order.limit_price and fill.quantity > 0 and fill.fee >= 0 for fill in fills)

    async def test_trades_have_ids_of_their_own(self, venue: BrokerVenue) -> None:
        fills: list[Fill] = []
        for _ in range(3):
            order = await venue.order()
            fills += await venue.broker.fills(order, await done(venue.broker, order))
        assert len({fill.trade_id for fill in fills}) == len(fills) >= 3

    async def test_balances_change_by_what_the_fills_say(self, venue: BrokerVenue) -> None:
        before = await venue.broker.balances()
        assert before[USDT] == FUNDS
        order = await venue.order()
        fills = list(await venue.broker.fills(order, await done(venue.broker, order)))
        changes = differences(before, await venue.broker.balances())
        assert changes == {BTC: received(fills), USDT: -paid(fills)}

    async def test_a_placed_order_is_found_also_after_a_restart(self, venue: BrokerVenue) -> None:
        order = await venue.order()
        report = await done(venue.broker, order)
        fills, balances = await venue.broker.fills(order, report), await venue.broker.balances()
        venue.restart()
        assert await venue.broker.find(order) == report
        assert await venue.broker.fills(order, report) == fills
        assert await venue.broker.balances() == balances

    async def test_an_order_that_was_never_sent_is_not_found(self, venue: BrokerVenue) -> None:
        await done(venue.broker, await venue.order())
        assert await venue.broker.find(await venue.order()) is None

    async def test_an_order_whose_answer_was_lost_is_unknown_until_it_is_found(self, venue: BrokerVenue) -> None:
        order = await venue.order()
        venue.lose_next_answer()
        with pytest.raises(PlacementUnknown):
            await venue.broker.place(order)
        report = await venue.broker.find(order)
        assert report is not None
        assert (report.status, report.quantity) == (VenueStatus.DONE, order.quantity)
        assert sum(fill.quantity for fill in await venue.broker.fills(order, report)) == order.quantity

    async def test_a_venue_that_does_not_answer_leaves_a_placement_unknown(self, venue: BrokerVenue) -> None:
        order = await venue.order()
        venue.break_down()
        with pytest.raises(PlacementUnknown):
            await venue.broker.place(order)
        venue.recover()
        assert await venue.broker.find(order) is None

    async def test_a_venue_that_does_not_answer_leaves_questions_without_an_answer(self, venue: BrokerVenue) -> None:
        order = await venue.order()
        report = await done(venue.broker, order)
        venue.break_down()
        for question in (
            lambda: venue.broker.find(order),
            lambda: venue.broker.fills(order, report),
            venue.broker.balances,
        ):
            with pytest.raises(BrokerUnavailable):
                await question()
        venue.recover()
        assert await venue.broker.find(order) == report

    @pytest.mark.parametrize(
        "fault",
        ["price between ticks", "quantity between lots", "too little", "beyond the balance", "late", "early"],
    )
    async def test_an_order_against_the_rules_is_refused_and_changes_nothing(
        self, venue: BrokerVenue, fault: str
    ) -> None:
        order = spoilt(await venue.order(), await venue.broker.rules(PAIR), fault)
        before = await venue.broker.balances()
        with pytest.raises(OrderRefused) as caught:
            await venue.broker.place(order)
        assert caught.value.code
        assert await venue.broker.find(order) is None
        assert differences(before, await venue.broker.balances()) == {}


class BookDepthContract(ABC):
    """For venues whose books have quantities."""

    DEEPER_THAN_THE_BOOK: ClassVar[Decimal] = Decimal(500_000)

    @pytest.fixture
    @abstractmethod
    def venue(self) -> BrokerVenue: ...

    @abstractmethod
    def fund(self, venue: BrokerVenue, currency: Currency, amount: Decimal) -> None: ...

    async def test_an_order_larger_than_the_book_is_filled_in_part(self, venue: BrokerVenue) -> None:
        self.fund(venue, USDT, self.DEEPER_THAN_THE_BOOK * 2)
        rules = await venue.broker.rules(PAIR)
        quantity = stepped(self.DEEPER_THAN_THE_BOOK / venue.ask, rules.lot_size, ROUND_DOWN)
        order = await venue.order(quantity=quantity, limit=venue.ask)
        report = await done(venue.broker, order)
        assert 0 < report.quantity < order.quantity
        fills = await venue.broker.fills(order, report)
        assert sum(fill.quantity for fill in fills) == report.quantity


def spoilt(order: VenueOrder, rules: MarketRules, fault: str) -> VenueOrder:
    assert rules.tick_size is not None
    assert rules.lot_size is not None
    match fault:
        case "price between ticks":
            return replace(order, limit_price=order.limit_price + rules.tick_size / 2)
        case "quantity between lots":
            return replace(order, quantity=order.quantity + rules.lot_size / 2)
        case "too little":
            return replace(order, quantity=rules.lot_size, limit_price=rules.tick_size)
        case "beyond the balance":
            return replace(order, quantity=stepped(FUNDS / order.limit_price * 2, rules.lot_size, ROUND_UP))
        case "late":
            return replace(order, signed_at_ms=order.signed_at_ms - WINDOW_MS - 1000)
        case _:
            return replace(order, signed_at_ms=order.signed_at_ms + 60_000)
