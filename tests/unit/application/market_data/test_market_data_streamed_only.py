"""Prices that come by a stream alone are used where they are new enough, and never fetched."""

import asyncio
from decimal import Decimal

import pytest

from application.market_data.freshness import Generations
from application.market_data.limits import MarketLimits
from application.market_data.market_data import SNAPSHOT_EVERY_SECONDS, MarketData
from application.rates.batch import ConversionLine
from application.rates.convert import Convert
from application.rates.convert_many import ConvertMany
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.book_tickers import BookTickers
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, ExchangeUnavailable, FailureReason
from tests.unit.application.market_data.builders import LISTING_MAX_AGE_SECONDS, market_data_of
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter

LISTED = {"ETH/BTC": ("0.05", "0.05"), "BTC/USD": ("100", "100"), "ETH/USD": ("5", "5"), "ADA/USD": ("1", "1")}
ETH, BTC, USD, ADA = map(Currency, ("ETH", "BTC", "USD", "ADA"))


class Harness:
    """Coinbase, which streams, and Binance, which is fetched."""

    def __init__(self, max_jump_percent: float = 0.0) -> None:
        self.prices: dict[str, tuple[str, str]] = {}
        self.clock, self.meter = FakeClock(), FakeMeter()
        self.coinbase = FakeExchange("coinbase", self.clock, LISTED)
        self.binance = FakeExchange("binance", self.clock, {"ETH/BTC": ("0.06", "0.06")})
        self.generations, cache, lock = Generations(self.clock), FakeMarketCache(), FakeFetchLock(self.clock)
        limits = MarketLimits(LISTING_MAX_AGE_SECONDS, max_jump_percent=max_jump_percent)
        self.markets: dict[str, MarketData] = {
            exchange.name: market_data_of(
                exchange,
                cache,
                lock,
                self.clock,
                generations=self.generations,
                meter=self.meter,
                limits=limits,
                streams_only=exchange is self.coinbase,
            )
            for exchange in (self.coinbase, self.binance)
        }
        self.market = self.markets["coinbase"]
        self.use_case = Convert(markets=self.markets, generations=self.generations, meter=self.meter)
        self.many = ConvertMany(markets=self.markets, generations=self.generations, meter=self.meter)

    def stream(self, *, is_own: bool = True, **times: float) -> None:
        """Stream all prices, of these symbols as of so many seconds ago, of the others as of now."""
        ago = {name.replace("_", "/"): seconds for name, seconds in times.items()}
        now = self.clock.now()
        prices = {**LISTED, **self.prices}
        books = BookTickers.of("coinbase", [(symbol, *prices[symbol]) for symbol in prices], now)
        older = {symbol: now - ago.get(symbol, 0.0) for symbol in prices}
        streamed = BookTickers("coinbase", books.by_symbol, max(older.values()), older=older)
        self.market.take_streamed(streamed, None, is_own=is_own)

    async def convert(self, seconds: int | None, *, exchange: str | None = "coinbase") -> Conversion:
        return await self.use_case(
            arrival=self.generations.arrival() if seconds is None else self.use_case.arrival(),
            amount=Decimal(1),
            currency_from=ETH,
            currency_to=BTC,
            exchange=exchange,
            cache_max_seconds=seconds,
        )

    async def reason(self, seconds: int | None) -> tuple[FailureReason, str]:
        with pytest.raises(ConversionUnavailable) as caught:
            await self.convert(seconds)
        failure = caught.value.failures["coinbase"]
        assert isinstance(failure, ExchangeUnavailable)
        return failure.reason, failure.detail


@pytest.fixture
async def harness() -> Harness:
    return Harness()


async def test_a_price_is_served_to_those_whose_bound_it_meets(harness: Harness) -> None:
    harness.stream(ETH_BTC=8)
    conversion = await harness.convert(10)
    assert (conversion.rate, conversion.updated_at) == (Decimal("0.05"), NOON - 8)
    assert [leg.symbol for leg in conversion.route.legs] == ["ETH/BTC"]


async def test_a_market_without_a_trade_in_time_is_no_market_and_a_detour_is_found(harness: Harness) -> None:
    harness.stream(ETH_BTC=8, ETH_USD=2)
    conversion = await harness.convert(5)
    assert [leg.symbol for leg in conversion.route.legs] == ["ETH/USD", "BTC/USD"]
    assert conversion.updated_at == NOON - 2


async def test_what_is_too_old_is_no_missing_route_but_a_reason_to_ask_the_next_exchange(harness: Harness) -> None:
    assert await harness.reason(5) == (
        FailureReason.STALE,
        "its prices come by its stream, which has brought none yet",
    )
    harness.stream(ETH_BTC=8, ETH_USD=9)
    assert await harness.reason(5) == (FailureReason.STALE, "the last prices on its route are older than asked for")
    assert (await harness.convert(5, exchange=None)).route.exchange == "binance"
    harness.clock.advance(100)
    assert await harness.reason(5) == (FailureReason.STALE, "its stream has brought no price that is new enough")
    assert harness.coinbase.book_tickers_calls == 0


async def test_what_must_be_fetched_is_asked_of_the_next_exchange(harness: Harness) -> None:
    harness.stream()
    assert await harness.reason(None) == (
        FailureReason.STALE,
        "its prices come by its stream alone, so that none can be fetched",
    )
    assert (await harness.convert(None, exchange=None)).route.exchange == "binance"
    assert harness.coinbase.book_tickers_calls == 0


async def test_a_batch_uses_what_is_new_enough(harness: Harness) -> None:
    harness.stream(ADA_USD=500)
    lines = [ConversionLine(Decimal(1), base, USD, "coinbase", RateType.MID, 30) for base in (ETH, BTC, ADA)]
    eth, btc, ada = await harness.many(lines)
    assert isinstance(eth, Conversion)
    assert isinstance(btc, Conversion)
    assert (eth.rate, btc.rate) == (Decimal(5), Decimal(100))
    assert isinstance(ada, ConversionUnavailable)
    assert ada.failures["coinbase"].reason is FailureReason.STALE


async def test_the_sync_fetches_its_list_of_pairs_and_no_prices(harness: Harness) -> None:
    assert harness.market.needs_fetch(NOON)
    await harness.market.refresh(30.0)
    assert not harness.market.needs_fetch(NOON)
    assert harness.market.needs_fetch(NOON + SNAPSHOT_EVERY_SECONDS)
    assert (harness.coinbase.instruments_calls, harness.coinbase.book_tickers_calls) == (1, 0)


@pytest.mark.parametrize("is_own", [True, False], ids=["streams", "follows"])
async def test_a_price_that_jumped_is_used_once_a_later_trade_confirms_it(is_own: bool) -> None:
    harness = Harness(max_jump_percent=20)
    harness.stream(is_own=is_own)
    await harness.convert(5)
    harness.clock.advance(10)
    harness.prices = {"ETH/BTC": ("0.09", "0.09")}
    harness.stream(is_own=is_own, ETH_USD=10)
    reason, _ = await harness.reason(5)
    assert reason is FailureReason.HELD_BACK
    harness.stream(is_own=is_own, ETH_USD=10)
    assert (await harness.reason(5))[0] is FailureReason.HELD_BACK, "the same trade confirms nothing"
    harness.clock.advance(2)
    harness.stream(is_own=is_own, ETH_USD=12)
    assert (await harness.convert(5)).rate == Decimal("0.09")
    await asyncio.sleep(0)
    assert harness.coinbase.book_tickers_calls == 0
