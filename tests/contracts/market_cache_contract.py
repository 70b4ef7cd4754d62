"""What the application relies on in any market cache. Every adapter and the fake pass the same suite."""

from abc import ABC, abstractmethod
from dataclasses import replace
from decimal import Decimal

import pytest

from application.market_data.ports.market_cache import MarketCache
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.trading_rules import TradingRules

OBSERVED_AT = 1_714_304_596.123456

ROWS = [("TUSDT", "T", "USDT"), ("BTC-USDT", "BTC", "USDT"), ("币安人生USDT", "币安人生", "USDT")]
PRICES = [
    ("TUSDT", "0.020000", "0.0210"),
    ("币安人生USDT", "0.00000000000000000000000053", "0.00000000000000000000000054"),
    ("LONG", "1.00000000000000000000000000000000000001", "123456789012345678901234567890"),
    ("EXPONENT", "1E+3", "1.0E+4"),
]
RULES = TradingRules.parse("0.01", "0.00001", "0.0001", "5", "0.001", "0.0015", "1.0", "0")


def instruments(
    exchange: str, observed_at: float = OBSERVED_AT, rows: list[tuple[str, str, str]] = ROWS
) -> Instruments:
    return Instruments.of(exchange, rows, observed_at)


def book_tickers(exchange: str, observed_at: float = OBSERVED_AT) -> BookTickers:
    return BookTickers.of(exchange, PRICES, observed_at)


def digits(kept: BookTickers | None) -> list[tuple[str, str, str]]:
    """As written: equal decimals may still differ in their digits."""
    return [(symbol, str(book.bid), str(book.ask)) for symbol, book in kept.by_symbol.items()] if kept else []


class MarketCacheContract(ABC):
    """`cache` is empty."""

    @pytest.fixture
    @abstractmethod
    def cache(self) -> MarketCache: ...

    async def test_a_check_of_a_working_cache_returns(self, cache: MarketCache) -> None:
        await cache.check()
        assert await cache.instruments("binance") is None

    async def test_an_empty_cache_returns_none(self, cache: MarketCache) -> None:
        assert await cache.instruments("binance") is None
        assert await cache.book_tickers("binance") is None

    async def test_instruments_come_back_unchanged(self, cache: MarketCache) -> None:
        await cache.write_instruments(instruments("binance"), 1)
        kept = await cache.instruments("binance")
        assert kept == instruments("binance")
        assert kept is not None
        assert [each.symbol for each in kept] == ["TUSDT", "BTC-USDT", "币安人生USDT"]

    async def test_lags_and_second_names_are_kept(self, cache: MarketCache) -> None:
        kept = Instruments.of("kucoin", ROWS, OBSERVED_AT, aliases=[("SECOND", "BTC")])
        await cache.write_instruments(replace(kept, lag_seconds=7.5), 1)
        await cache.write_book_tickers(replace(book_tickers("kucoin"), lag_seconds=8.5), 1)
        found, books = await cache.instruments("kucoin"), await cache.book_tickers("kucoin")
        assert found is not None
        assert books is not None
        assert (found.aliases, found.lag_seconds) == ({"SECOND": "BTC", "XBT": "BTC"}, 7.5)
        assert (books.lag_seconds, books.fetched_at) == (8.5, OBSERVED_AT + 8.5)

    async def test_trading_rules_come_back_with_their_symbols(self, cache: MarketCache) -> None:
        rules = {"BTC-USDT": RULES, "币安人生USDT": TradingRules.parse("1E-8", None, None, None), "NOT-LISTED": RULES}
        await cache.write_instruments(Instruments.of("binance", ROWS, OBSERVED_AT, rules=rules), 1)
        kept = await cache.instruments("binance")
        assert kept is not None
        assert [each.rules for each in kept] == [TradingRules(), RULES, TradingRules(tick_size=Decimal("0.00000001"))]

    async def test_book_tickers_come_back_digit_by_digit(self, cache: MarketCache) -> None:
        await cache.write_book_tickers(book_tickers("binance"), 2)
        kept = await cache.book_tickers("binance")
        assert kept == book_tickers("binance")
        assert digits(kept) == digits(book_tickers("binance"))
        assert len(digits(kept)) == len(PRICES)

    async def test_a_renamed_ticker_keeps_its_name(self, cache: MarketCache) -> None:
        await cache.write_instruments(instruments("kucoin", rows=[("LYXe-USDT", "LYXe", "USDT")]), 3)
        kept = await cache.instruments("kucoin")
        assert kept is not None
        assert [(each.symbol, str(each.pair)) for each in kept] == [("LYXe-USDT", "LYXE/USDT")]

    async def test_the_value_of_an_earlier_fetch_than_was_asked_for_is_no_value(self, cache: MarketCache) -> None:
        await cache.write_instruments(instruments("binance"), 11)
        await cache.write_book_tickers(book_tickers("binance"), 12)
        assert await cache.instruments("binance", 11) == instruments("binance")
        assert await cache.book_tickers("binance", 12) == book_tickers("binance")
        assert await cache.instruments("binance", 12) is None
        assert await cache.book_tickers("binance", 13) is None

    async def test_the_exchanges_do_not_mix(self, cache: MarketCache) -> None:
        await cache.write_instruments(instruments("binance"), 4)
        await cache.write_book_tickers(book_tickers("kucoin"), 5)
        assert await cache.instruments("kucoin") is None
        assert await cache.book_tickers("binance") is None
        await cache.write_instruments(instruments("kucoin", rows=ROWS[:1]), 6)
        assert await cache.instruments("binance") == instruments("binance")
        assert await cache.instruments("kucoin") == instruments("kucoin", rows=ROWS[:1])

    async def test_a_later_value_replaces_an_earlier_one(self, cache: MarketCache) -> None:
        await cache.write_instruments(instruments("binance"), 7)
        await cache.write_instruments(instruments("binance", OBSERVED_AT + 1, ROWS[1:]), 8)
        await cache.write_book_tickers(book_tickers("binance"), 9)
        await cache.write_book_tickers(book_tickers("binance", OBSERVED_AT + 1), 10)
        assert await cache.instruments("binance") == instruments("binance", OBSERVED_AT + 1, ROWS[1:])
        assert await cache.book_tickers("binance") == book_tickers("binance", OBSERVED_AT + 1)

    async def test_the_value_of_an_earlier_fetch_never_replaces_that_of_a_later_one(self, cache: MarketCache) -> None:
        await cache.write_instruments(instruments("binance", OBSERVED_AT + 1), 101)
        await cache.write_instruments(instruments("binance"), 100)
        assert await cache.instruments("binance") == instruments("binance", OBSERVED_AT + 1)
        await cache.write_book_tickers(book_tickers("binance", OBSERVED_AT + 1), 102)
        await cache.write_book_tickers(book_tickers("binance"), 101)
        assert await cache.book_tickers("binance") == book_tickers("binance", OBSERVED_AT + 1)
