"""Prices of orders from the markets of two exchanges, with every part of market data but the exchanges themselves."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from application.market_data.limits import MarketLimits
from application.orders.market_prices import MarketOrderPrices
from domain.currency import Currency
from domain.orders.errors import NoFreshPrice, NotForSale, PricesDiverge
from domain.orders.terms import FirmPrice
from domain.pair import Pair
from domain.rates.routing import searches_of
from domain.rates.spread import SpreadBounds
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange, Prices, failure
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.venue import FakeOrdersMeter

BTC, ETH, USDT = map(Currency, ("BTC", "ETH", "USDT"))
MAX_AGE_SECONDS = 5.0
LIMITS = MarketLimits(600.0, spread=SpreadBounds(max_percent=Decimal(50), wide_percent=Decimal(5)))


class Exchanges:
    """Binance and KuCoin, and what orders cost there."""

    def __init__(self, binance: Mapping[str, Prices], kucoin: Mapping[str, Prices], limits: MarketLimits) -> None:
        self.clock = FakeClock()
        self.cache, self.lock = FakeMarketCache(), FakeFetchLock(self.clock)
        self.binance = FakeExchange("binance", self.clock, binance)
        self.kucoin = FakeExchange("kucoin", self.clock, kucoin)
        self.meter = FakeOrdersMeter()
        self.prices = self.process(limits)

    def process(self, limits: MarketLimits = LIMITS) -> MarketOrderPrices:
        """Return the prices as one more process over the same cache finds them."""
        parts = self.cache, self.lock, self.clock
        markets = {each.name: market_data_of(each, *parts, limits=limits) for each in (self.binance, self.kucoin)}
        return MarketOrderPrices(
            markets=markets,
            searches=searches_of(3),
            max_age_seconds=MAX_AGE_SECONDS,
            divergence_percent=Decimal(5),
            meter=self.meter,
        )

    async def price(self, buy: Currency = BTC, pay_with: Currency = USDT) -> FirmPrice:
        return await self.prices.executable(buy, pay_with, self.clock.now())

    async def ask(self, venue: str, buy: Currency = BTC) -> FirmPrice:
        return await self.prices.ask(Pair(buy, USDT), venue, self.clock.now())


def exchanges(
    binance: Mapping[str, Prices] | None = None,
    kucoin: Mapping[str, Prices] | None = None,
    *,
    limits: MarketLimits = LIMITS,
) -> Exchanges:
    return Exchanges(binance or {"BTC/USDT": ("99", "101")}, kucoin or {"TRX/USDT": ("0.1", "0.11")}, limits)


async def test_one_unit_costs_what_is_asked_for_it_at_the_first_exchange() -> None:
    two = exchanges(kucoin={"BTC/USDT": ("99", "100")})
    assert await two.price() == FirmPrice(Decimal(101), "binance", two.clock.now(), "BTC/USDT")


async def test_without_a_direct_market_the_price_is_that_of_the_whole_way_rounded_up() -> None:
    two = exchanges({"ETH/USDT": ("6", "7"), "ETH/BTC": ("3", "3.1")})
    price = await two.price()
    assert price.price == Decimal("2.33333333334")  # buy 1/3 ETH at 7, sell it at 3


async def test_a_venue_that_lacks_the_market_itself_gives_no_price_by_a_detour() -> None:
    two = exchanges({"ETH/USDT": ("6", "7"), "ETH/BTC": ("3", "3.1")})
    with pytest.raises(NotForSale, match="buys no BTC"):
        await two.ask("binance")


async def test_the_ask_is_the_venues_own_and_for_a_venue_without_a_market_here_the_first_exchanges() -> None:
    two = exchanges(kucoin={"BTC/USDT": ("99", "100")})
    assert [(await two.ask(venue)).exchange for venue in ("kucoin", "binance", "simulated")] == [
        "kucoin",
        "binance",
        "binance",
    ]


async def test_what_nobody_trades_is_not_for_sale() -> None:
    with pytest.raises(NotForSale, match="buys no ETH"):
        await exchanges().price(ETH)


async def test_when_the_first_exchange_fails_the_second_decides() -> None:
    two = exchanges(kucoin={"BTC/USDT": ("99", "100")})
    two.binance.standing_failure = failure("binance")
    assert (await two.price()).exchange == "kucoin"
    with pytest.raises(NoFreshPrice, match="binance: made to fail"):
        await two.ask("binance")  # what another exchange asks says nothing about this one's book


async def test_when_only_the_first_exchange_answers_its_price_counts() -> None:
    two = exchanges(kucoin={"BTC/USDT": ("99", "100")})
    two.kucoin.standing_failure = failure("kucoin")
    assert (await two.price()).price == 101


async def test_when_no_exchange_answers_there_is_no_fresh_price_and_each_reason_is_told() -> None:
    two = exchanges(kucoin={"BTC/USDT": ("99", "100")})
    for each in (two.binance, two.kucoin):
        each.standing_failure = failure(each.name)
    with pytest.raises(NoFreshPrice, match="binance: made to fail; kucoin: made to fail"):
        await two.price()


@pytest.mark.parametrize(("age", "fetches"), [(MAX_AGE_SECONDS, 1), (MAX_AGE_SECONDS + 0.1, 2)])
async def test_a_price_older_than_the_bound_is_fetched_again(age: float, fetches: int) -> None:
    two = exchanges()
    await two.price()
    two.clock.advance(age)
    two.binance.trade({"BTC/USDT": ("89", "91")})
    assert (await two.price()).price == (101 if fetches == 1 else 91)
    assert two.binance.book_tickers_calls == fetches


async def test_a_price_older_than_the_bound_counts_no_more_when_the_exchange_fails() -> None:
    two = exchanges()
    await two.price()
    two.clock.advance(MAX_AGE_SECONDS + 0.1)
    two.binance.standing_failure = failure("binance")
    with pytest.raises(NoFreshPrice, match="binance: made to fail"):
        await two.price()


async def test_a_price_that_is_old_by_its_exchanges_own_word_does_not_count() -> None:
    two = exchanges()
    two.binance.lag_seconds = MAX_AGE_SECONDS + 1
    with pytest.raises(NoFreshPrice, match="binance: "):
        await two.price()


async def test_another_processes_price_counts_only_while_the_cache_has_it_within_the_bound() -> None:
    two = exchanges()
    await two.price()
    two.clock.advance(1)
    another = two.process()
    assert (await another.executable(BTC, USDT, two.clock.now())).as_of == two.clock.now() - 1
    two.cache.lose_all()  # as a value counts as missing that no process has sealed
    third = two.process()
    assert (await third.executable(BTC, USDT, two.clock.now())).as_of == two.clock.now()


@pytest.mark.parametrize("dear", ["binance", "kucoin"])
async def test_prices_that_diverge_count_neither_and_raise_the_alarm(dear: str) -> None:
    books = {"binance": ("99", "100"), "kucoin": ("99", "100"), dear: ("104", "105.1")}
    two = exchanges({"BTC/USDT": books["binance"]}, {"BTC/USDT": books["kucoin"]})
    with (
        capture_logs() as logs,
        pytest.raises(PricesDiverge, match="the prices of BTC/USDT at binance and kucoin differ too much"),
    ):
        await two.price()
    (line,) = [each for each in logs if each["event"] == "order_prices_diverged"]
    assert (line["log_level"], line["pair"]) == ("error", "BTC/USDT")
    assert two.meter.events == [("diverged",)]
    assert line["prices"] == {name: str(Decimal(ask)) for name, (_, ask) in books.items()}
    with pytest.raises(PricesDiverge):
        await two.ask("binance")


async def test_prices_that_differ_by_the_threshold_itself_still_agree() -> None:
    two = exchanges({"BTC/USDT": ("99", "100")}, {"BTC/USDT": ("104", "105")})
    assert (await two.price()).price == 100


async def test_a_tight_way_is_preferred_to_a_direct_market_with_a_wide_spread() -> None:
    wide = {"BTC/USDT": ("80", "120")}
    tight = {"ETH/USDT": ("9.9", "10"), "BTC/ETH": ("9.9", "10")}
    assert (await exchanges(wide | tight).price()).price == 100
    assert (await exchanges(wide).price()).price == 120


async def test_a_spread_too_wide_for_a_price_is_no_price_and_not_a_pair_that_nobody_trades() -> None:
    with pytest.raises(NoFreshPrice, match="binance: its spread is too wide for a price"):
        await exchanges({"BTC/USDT": ("10", "1000")}).price()


async def test_a_price_that_has_jumped_is_no_price_until_it_is_confirmed() -> None:
    two = exchanges(limits=MarketLimits(600.0, max_jump_percent=50.0))
    await two.price()
    two.clock.advance(MAX_AGE_SECONDS + 1)
    two.binance.trade({"BTC/USDT": ("9", "10")})
    with pytest.raises(NoFreshPrice, match="binance: its price has jumped, and is not confirmed yet"):
        await two.price()
    two.clock.advance(MAX_AGE_SECONDS + 1)
    assert (await two.price()).price == 10


async def test_an_order_changes_no_unit_however_a_conversion_would() -> None:
    two = exchanges({"1000SATS/USDT": ("0.19", "0.2")})
    for found in (two.price(Currency("SATS")), two.ask("binance", Currency("SATS"))):
        with pytest.raises(NotForSale, match="buys no SATS"):
            await found
    assert (await two.ask("binance", Currency("1000SATS"))).price == Decimal("0.2")


async def test_the_market_is_told_where_the_price_is_that_of_one() -> None:
    two = exchanges({"ETH/USDT": ("6", "7"), "ETH/BTC": ("3", "3.1")})
    assert [(await two.price(buy)).symbol for buy in (ETH, BTC)] == ["ETH/USDT", None]
