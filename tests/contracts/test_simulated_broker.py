"""The simulated venue, over fake markets and a database in memory and in a file."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from adapters.simulated_venue.broker import MAX_PRICE_AGE_SECONDS, SimulatedBroker
from adapters.sql.database import SqlDatabase
from application.market_data.market_data import MarketData
from application.orders.ports.simulated_ledger import SimulatedVenueRepositories
from application.ports.database import Database
from domain.currency import Currency
from domain.errors import DatabaseUnavailable, OutcomeUnknown
from domain.orders.errors import BrokerUnavailable, OrderRefused, PlacementUnknown
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.trading_rules import TradingRules
from tests.contracts.broker_contract import FUNDS, PAIR, USDT, BrokerContract, BrokerVenue, done
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache

T = TypeVar("T")
Venue = Database[SimulatedVenueRepositories]

RULES = TradingRules(Decimal("0.01"), Decimal("0.00001"), Decimal("0.00001"), Decimal(5))
ASK = "68000.01"


class FailingDatabase(Database[SimulatedVenueRepositories]):
    """Passes everything on, until it breaks down or the answer to a commit is lost."""

    def __init__(self, inner: Venue) -> None:
        self.inner = inner
        self.is_down = False
        self.loses_next_answer = False

    def reading(self) -> AbstractAsyncContextManager[SimulatedVenueRepositories]:
        self._is_up()
        return self.inner.reading()

    def writing(self) -> AbstractAsyncContextManager[SimulatedVenueRepositories]:
        self._is_up()
        return self.inner.writing()

    async def write(self, work: Callable[[SimulatedVenueRepositories], Awaitable[T]]) -> T:
        self._is_up()
        result = await self.inner.write(work)
        if self.loses_next_answer:
            self.loses_next_answer = False
            raise OutcomeUnknown("made to fail")
        return result

    async def check(self, question: Callable[[SimulatedVenueRepositories], Awaitable[object]] | None = None) -> bool:
        return await self.inner.check(question)

    async def check_writing(self) -> None:
        await self.inner.check_writing()

    def _is_up(self) -> None:
        if self.is_down:
            raise DatabaseUnavailable("made to fail")


class SimulatedVenue(BrokerVenue):
    def __init__(self, inner: Venue) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.database = FailingDatabase(inner)
        self.exchange = FakeExchange("binance", self.clock, {"BTC/USDT": ("68000.00", ASK), "BNB/USDT": ("600", "601")})
        self.exchange.rules = {"BTC/USDT": RULES}
        self.other = FakeExchange("kucoin", self.clock, {"BTC/USDT": ("1", "2"), "KCS/USDT": ("9", "10")})
        self.markets: dict[str, MarketData] = {}
        self.restart()

    @property
    def ask(self) -> Decimal:
        return Decimal(ASK)

    def restart(self) -> None:
        cache, lock = FakeMarketCache(), FakeFetchLock(self.clock)
        exchanges = (self.exchange, self.other)
        self.markets = {each.name: market_data_of(each, cache, lock, self.clock) for each in exchanges}
        self.broker = SimulatedBroker(
            markets=self.markets, database=self.database, clock=self.clock, funds={USDT: FUNDS, Currency("EUR"): FUNDS}
        )

    def break_down(self) -> None:
        self.database.is_down = True

    def recover(self) -> None:
        self.database.is_down = False

    def lose_next_answer(self) -> None:
        self.database.loses_next_answer = True


class TestSimulatedBroker(BrokerContract):
    @pytest.fixture(params=["memory", "sqlite"])
    async def venue(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SimulatedVenue]:
        if request.param == "memory":
            yield SimulatedVenue(FakeDatabase())
            return
        database = SqlDatabase(f"sqlite:///{tmp_path}/crossrate.db", upgrades_itself=True)
        yield SimulatedVenue(database)
        await database.close()


@pytest.fixture
def venue() -> SimulatedVenue:
    return SimulatedVenue(FakeDatabase())


def failure_of(exchange: str) -> ExchangeUnavailable:
    return ExchangeUnavailable(exchange, FailureReason.TIMEOUT, "made to fail")


async def test_a_pair_is_traded_by_the_rules_of_the_first_market_that_lists_it(venue: SimulatedVenue) -> None:
    rules = await venue.broker.rules(PAIR)
    assert (rules.symbol, rules.tick_size, rules.lot_size) == ("binance:BTC/USDT", RULES.tick_size, RULES.lot_size)
    assert (rules.min_quantity, rules.min_notional) == (RULES.min_quantity, RULES.min_notional)


async def test_while_a_market_that_might_list_the_pair_is_down_it_is_unknown_whether_it_trades(
    venue: SimulatedVenue,
) -> None:
    venue.exchange.standing_failure = failure_of("binance")
    assert (await venue.broker.rules(PAIR)).symbol == "kucoin:BTC/USDT"
    venue.other.halted.add("BTC/USDT")
    venue.restart()
    with pytest.raises(BrokerUnavailable, match="binance"):
        await venue.broker.rules(PAIR)


async def test_a_market_whose_prices_are_not_fresh_is_passed_over(venue: SimulatedVenue) -> None:
    await venue.broker.rules(PAIR)
    venue.exchange.standing_failure = failure_of("binance")
    venue.clock.advance(MAX_PRICE_AGE_SECONDS + 1)  # the listing is in memory for longer
    assert (await venue.broker.rules(PAIR)).symbol == "kucoin:BTC/USDT"
    assert (await done(venue.broker, await venue.order())).quantity
    venue.other.standing_failure = failure_of("kucoin")
    venue.clock.advance(MAX_PRICE_AGE_SECONDS + 1)
    with pytest.raises(BrokerUnavailable, match="binance"):
        await venue.broker.rules(PAIR)


async def test_an_order_is_filled_at_the_ask_and_pays_its_fee_in_what_it_bought(venue: SimulatedVenue) -> None:
    order = await venue.order(quantity=Decimal("0.12345"))
    (fill,) = await venue.broker.fills(order, await done(venue.broker, order))
    assert (fill.price, fill.quantity) == (Decimal(ASK), Decimal("0.12345"))
    assert (fill.fee, fill.fee_asset) == (Decimal("0.00012345"), "BTC")
    assert fill.trade_id == f"{order.client_order_id}-1"


async def test_the_same_order_again_is_not_executed_again(venue: SimulatedVenue) -> None:
    order = await venue.order()
    await venue.broker.place(order)
    balances = await venue.broker.balances()
    with pytest.raises(PlacementUnknown):
        await venue.broker.place(order)
    assert await venue.broker.balances() == balances


async def test_an_order_whose_window_ends_while_it_waits_for_the_database_is_refused(venue: SimulatedVenue) -> None:
    order = await venue.order()
    write = venue.database.inner.write

    async def slowly(work: Callable[[SimulatedVenueRepositories], Awaitable[T]]) -> T:
        venue.clock.advance(5.001)
        return await write(work)

    venue.database.inner.write = slowly  # type: ignore[method-assign] # as slow as a database can be
    with pytest.raises(OrderRefused, match="receive window"):
        await venue.broker.place(order)
    assert await venue.broker.find(order) is None


async def test_without_a_fresh_price_an_order_is_refused(venue: SimulatedVenue) -> None:
    order = await venue.order()
    venue.exchange.standing_failure = failure_of("binance")
    venue.clock.advance(MAX_PRICE_AGE_SECONDS + 1)
    with pytest.raises(OrderRefused, match="fresh price") as caught:
        await venue.broker.place(replace(order, signed_at_ms=int(venue.clock.now() * 1000)))
    assert caught.value.passes_by_itself


@pytest.mark.parametrize("symbol", ["okx:BTC/USDT", "BTC/USDT", "binance:BNB/USDT", "binance:NOSUCH", ""])
async def test_an_order_with_the_symbol_of_another_pair_is_refused(venue: SimulatedVenue, symbol: str) -> None:
    with pytest.raises(OrderRefused, match="trade"):
        await venue.broker.place(replace(await venue.order(), symbol=symbol))


async def test_more_funds_in_the_settings_count_also_after_orders(venue: SimulatedVenue) -> None:
    await done(venue.broker, await venue.order())
    before = await venue.broker.balances()
    richer = SimulatedBroker(
        markets=venue.markets, database=venue.database, clock=venue.clock, funds={USDT: FUNDS + 1000}
    )
    after = await richer.balances()
    assert after[USDT] - before[USDT] == 1000
    assert after[Currency("BTC")] == before[Currency("BTC")]
