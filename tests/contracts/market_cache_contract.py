"""What the application relies on, whichever cache it has. Every adapter and the fake pass the same suite."""

from abc import ABC, abstractmethod

import pytest

from application.ports.market_cache import MarketCache
from domain.market import Books, Listing

OBSERVED_AT = 1_714_304_596.123456

ROWS = [("TUSDT", "T", "USDT"), ("BTC-USDT", "BTC", "USDT"), ("币安人生USDT", "币安人生", "USDT")]
PRICES = [
    ("TUSDT", "0.020000", "0.0210"),
    ("币安人生USDT", "0.00000000000000000000000053", "0.00000000000000000000000054"),
    ("LONG", "1.00000000000000000000000000000000000001", "123456789012345678901234567890"),
    ("EXPONENT", "1E+3", "1.0E+4"),
]


def listing(exchange: str, observed_at: float = OBSERVED_AT, rows: list[tuple[str, str, str]] = ROWS) -> Listing:
    return Listing.of(exchange, rows, observed_at)


def books(exchange: str, observed_at: float = OBSERVED_AT) -> Books:
    return Books.of(exchange, PRICES, observed_at)


def digits(kept: Books | None) -> list[tuple[str, str, str]]:
    """As written: equal decimals may still differ in their digits."""
    return [(symbol, str(book.bid), str(book.ask)) for symbol, book in kept.by_symbol.items()] if kept else []


class MarketCacheContract(ABC):
    """`cache` is empty."""

    @pytest.fixture
    @abstractmethod
    def cache(self) -> MarketCache: ...

    async def test_it_answers_when_asked_whether_it_does(self, cache: MarketCache) -> None:
        await cache.check()
        assert await cache.listing("binance") is None

    async def test_nothing_is_read_where_nothing_is_kept(self, cache: MarketCache) -> None:
        assert await cache.listing("binance") is None
        assert await cache.books("binance") is None

    async def test_a_listing_comes_back_as_it_was(self, cache: MarketCache) -> None:
        await cache.keep_listing(listing("binance"), 1)
        kept = await cache.listing("binance")
        assert kept == listing("binance")
        assert kept is not None
        assert [each.symbol for each in kept.instruments] == ["TUSDT", "BTC-USDT", "币安人生USDT"]

    async def test_books_come_back_as_they_were_digit_by_digit(self, cache: MarketCache) -> None:
        await cache.keep_books(books("binance"), 2)
        kept = await cache.books("binance")
        assert kept == books("binance")
        assert digits(kept) == digits(books("binance"))
        assert len(digits(kept)) == len(PRICES)

    async def test_a_respelled_ticker_keeps_the_name_that_it_bears_here(self, cache: MarketCache) -> None:
        await cache.keep_listing(listing("kucoin", rows=[("LYXe-USDT", "LYXe", "USDT")]), 3)
        kept = await cache.listing("kucoin")
        assert kept is not None
        assert [(each.symbol, str(each.pair)) for each in kept.instruments] == [("LYXe-USDT", "LYXE/USDT")]

    async def test_the_exchanges_do_not_mix(self, cache: MarketCache) -> None:
        await cache.keep_listing(listing("binance"), 4)
        await cache.keep_books(books("kucoin"), 5)
        assert await cache.listing("kucoin") is None
        assert await cache.books("binance") is None
        await cache.keep_listing(listing("kucoin", rows=ROWS[:1]), 6)
        assert await cache.listing("binance") == listing("binance")
        assert await cache.listing("kucoin") == listing("kucoin", rows=ROWS[:1])

    async def test_what_is_kept_replaces_what_was_there(self, cache: MarketCache) -> None:
        await cache.keep_listing(listing("binance"), 7)
        await cache.keep_listing(listing("binance", OBSERVED_AT + 1, ROWS[1:]), 8)
        await cache.keep_books(books("binance"), 9)
        await cache.keep_books(books("binance", OBSERVED_AT + 1), 10)
        assert await cache.listing("binance") == listing("binance", OBSERVED_AT + 1, ROWS[1:])
        assert await cache.books("binance") == books("binance", OBSERVED_AT + 1)

    async def test_what_an_earlier_fetch_has_brought_never_replaces_what_a_later_one_has(
        self, cache: MarketCache
    ) -> None:
        await cache.keep_listing(listing("binance", OBSERVED_AT + 1), 101)
        await cache.keep_listing(listing("binance"), 100)
        assert await cache.listing("binance") == listing("binance", OBSERVED_AT + 1)
        await cache.keep_books(books("binance", OBSERVED_AT + 1), 102)
        await cache.keep_books(books("binance"), 101)
        assert await cache.books("binance") == books("binance", OBSERVED_AT + 1)
