"""What can be converted is listed from memory."""

from decimal import Decimal

import pytest

from application.rates.list_tradable import ListTradable
from application.rates.tradable_pairs import TradablePair
from domain.currency import Currency
from domain.rates.errors import UnknownExchange
from domain.rates.spread import SpreadBounds
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.exchange import failure

BINANCE = {"BTC/USDT": ("99", "101"), "ETH/BTC": ("0.05", "0.06"), "ETH/USDT": ("5", "6")}
KUCOIN = {"BTC/USDT": ("99", "101"), "KCS/USDT": ("8", "9")}
START = ("", "")


def tradable(harness: ConversionHarness) -> ListTradable:
    return ListTradable(markets=harness.markets, clock=harness.clock)


async def both_in_memory() -> tuple[ConversionHarness, ListTradable]:
    harness = ConversionHarness(BINANCE, KUCOIN)
    for exchange in ("binance", "kucoin"):
        await harness.convert("BTC", "USDT", exchange=exchange)
    return harness, tradable(harness)


def pairs_of(listing: ListTradable, exchange: str | None = None, base: str = "", quote: str = "") -> list[str]:
    page = listing.pairs(
        exchange=exchange,
        base=Currency(base) if base else None,
        quote=Currency(quote) if quote else None,
        after=START,
        limit=100,
    )
    return [f"{row.exchange} {row.base}/{row.quote}" for row in page.rows]


async def test_pairs_are_filtered_by_exchange_base_and_quote() -> None:
    _, listing = await both_in_memory()
    assert len(pairs_of(listing)) == 5
    assert pairs_of(listing, "KuCoin") == ["kucoin BTC/USDT", "kucoin KCS/USDT"]
    assert pairs_of(listing, base="ETH") == ["binance ETH/BTC", "binance ETH/USDT"]
    assert pairs_of(listing, base="BTC", quote="USDT") == ["binance BTC/USDT", "kucoin BTC/USDT"]
    assert pairs_of(listing, quote="NOPE") == []


async def test_a_listed_pair_has_the_best_prices_in_memory_and_their_time() -> None:
    harness, listing = await both_in_memory()
    (pair,) = listing.pairs(exchange="kucoin", base=Currency("KCS"), quote=None, after=START, limit=2).rows
    price = listing.price(pair)
    assert price is not None
    assert (price.bid, price.ask) == (Decimal(8), Decimal(9))
    assert price.observed_at <= harness.clock.now()
    assert listing.price(TradablePair("kucoin", "GONE-USDT", Currency("GONE"), Currency("USDT"))) is None


async def test_pages_together_hold_every_pair_once() -> None:
    _, listing = await both_in_memory()
    seen: list[TradablePair] = []
    after, has_more = START, True
    while has_more:
        page = listing.pairs(exchange=None, base=None, quote=None, after=after, limit=2)
        seen += page.rows
        after, has_more = (page.rows[-1].exchange, page.rows[-1].symbol), page.has_more
    assert seen == sorted(set(seen))
    assert len(seen) == 5


async def test_currencies_name_their_exchanges_in_order() -> None:
    _, listing = await both_in_memory()
    page = listing.currencies("", 100)
    assert [(row.code, row.exchanges) for row in page.rows] == [
        ("BTC", ("binance", "kucoin")),
        ("ETH", ("binance",)),
        ("KCS", ("kucoin",)),
        ("USDT", ("binance", "kucoin")),
    ]
    first = listing.currencies("BTC", 1)
    assert ([row.code for row in first.rows], first.has_more) == (["ETH"], True)


async def test_an_exchange_that_was_not_asked_is_unknown_and_not_empty() -> None:
    harness = ConversionHarness(BINANCE, KUCOIN)
    await harness.convert("BTC", "USDT", exchange="binance")
    listing = tradable(harness)
    assert listing.currencies("", 100).unknown == ("kucoin",)
    assert listing.pairs(exchange="binance", base=None, quote=None, after=START, limit=9).unknown == ()
    assert [(each.name, each.pairs, each.books_age_seconds) for each in listing.exchanges()] == [
        ("binance", 3, 0),
        ("kucoin", 0, None),
    ]
    assert harness.kucoin.instruments_calls == 0


async def test_an_exchange_tells_its_age_its_counts_and_its_last_failure() -> None:
    harness, listing = await both_in_memory()
    harness.clock.advance(7)
    harness.binance.standing_failure = failure("binance", is_transient=False)
    await harness.convert("BTC", "USDT")
    binance, kucoin = listing.exchanges()
    assert binance.last_failure is not None
    assert (binance.books_age_seconds, binance.pairs, binance.currencies) == (7, 3, 3)
    assert (kucoin.last_failure, kucoin.books_age_seconds, kucoin.pairs) == (None, 0, 2)


async def test_a_listed_pair_without_a_usable_book_is_left_out() -> None:
    books = {"BTC/USDT": ("99", "101"), "ILL/USDT": ("2", "1"), "HUGE/USDT": ("1", "3")}
    harness = ConversionHarness(books, KUCOIN, spread_bounds=SpreadBounds(Decimal(50), Decimal(5)))
    await harness.convert("BTC", "USDT", exchange="binance")
    assert pairs_of(tradable(harness), "binance") == ["binance BTC/USDT"]


@pytest.mark.parametrize("name", ["kraken", "", "ⓚucoin"])
async def test_an_exchange_that_is_not_configured_is_rejected(name: str) -> None:
    _, listing = await both_in_memory()
    with pytest.raises(UnknownExchange):
        pairs_of(listing, name)


async def test_a_page_costs_what_it_shows_while_the_market_stays_the_same() -> None:
    harness, listing = await both_in_memory()

    def first() -> tuple[object, object]:
        pairs = listing.pairs(exchange=None, base=None, quote=None, after=START, limit=1)
        return pairs.rows[0], listing.currencies("", 1).rows[0]

    before = first()
    assert all(now is then for now, then in zip(first(), before, strict=True))
    harness.clock.advance(1)
    await harness.convert("BTC", "USDT", exchange="binance")
    after = first()
    assert all(now is then for now, then in zip(after, before, strict=True)), "newer prices of the same pairs"
