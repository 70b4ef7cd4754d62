"""Coins are called what exchanges call them, and states' money by its English name."""

import asyncio
from collections.abc import Mapping

import pytest

from application.rates import currency_names
from application.rates.currency_names import CurrencyNames
from application.rates.list_tradable import ListTradable
from domain.currency import Currency
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.exchange import failure

PRICES = {"ADA/EUR": ("1", "1"), "BIFI/EUR": ("1", "1"), "BTC/EUR": ("1", "1")}
NAMES = {"ADA": "  Cardano ", "BIFI": "Beefy", "BTC": "btc", "EUR": "Other euro", "GONE": "Unlisted", "X": "y" * 99}


async def both(kucoin: Mapping[str, str], binance: Mapping[str, str] | None = None) -> ConversionHarness:
    harness = ConversionHarness(PRICES, PRICES)
    harness.kucoin.names = kucoin
    harness.binance.names = binance
    for market in harness.markets.values():
        await market.refresh(0)
    return harness


async def test_a_coin_has_the_name_that_an_exchange_gives_it() -> None:
    harness = await both(NAMES)
    names = CurrencyNames(harness.markets)
    assert names.of("ADA") is None
    assert await names.fetch()
    assert {code: names.of(code) for code in ("ADA", "BIFI", "BIFI.KUCOIN", "BTC", "EUR", "GONE")} == {
        "ADA": "Cardano",
        "BIFI": None,  # another coin
        "BIFI.KUCOIN": "Beefy",
        "BTC": None,  # no more than its code
        "EUR": "Euro",
        "GONE": None,
    }


async def test_of_several_names_that_of_the_first_exchange_counts() -> None:
    harness = await both({"ADA": "Ada", "BTC": "Bitcoin"}, {"ADA": "Cardano"})
    names = CurrencyNames(harness.markets)
    await names.fetch()
    assert (names.of("ADA"), names.of("BTC")) == ("Cardano", "Bitcoin")


async def test_a_failure_leaves_the_names_as_they_were_and_the_exchange_in_use() -> None:
    harness = await both(NAMES)
    names = CurrencyNames(harness.markets)
    await names.fetch()
    version = names.version
    harness.kucoin.failures.append(failure("kucoin", is_transient=False))
    assert not await names.fetch()
    assert (names.of("ADA"), names.version) == ("Cardano", version)


async def test_nothing_is_asked_where_no_exchange_has_names() -> None:
    await CurrencyNames(ConversionHarness(PRICES, PRICES).markets).run()


async def test_names_are_fetched_again_after_a_day_and_sooner_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("START_AFTER_SECONDS", 0.0), ("AGAIN_AFTER_SECONDS", 0.01), ("EVERY_SECONDS", 30.0)):
        monkeypatch.setattr(currency_names, name, seconds)
    harness = await both(NAMES)
    harness.kucoin.failures.append(failure("kucoin", is_transient=False))
    names = CurrencyNames(harness.markets)
    task = asyncio.create_task(names.run())
    await asyncio.sleep(0.1)
    task.cancel()
    assert (names.of("ADA"), harness.kucoin.names_calls) == ("Cardano", 2)


async def test_a_search_finds_a_coin_by_its_name() -> None:
    harness = await both(NAMES)
    names = CurrencyNames(harness.markets)
    listing = ListTradable(markets=harness.markets, clock=harness.clock, names=names)
    assert listing.currencies("", 10, "cardano").rows == ()
    await names.fetch()
    (found,) = listing.currencies("", 10, "CARDA").rows
    assert (found.code, found.name, found.exchanges) == ("ADA", "Cardano", ("binance", "kucoin"))
    pairs = listing.pairs(exchange=None, base=None, quote=None, after=("", ""), limit=10, search="cardano").rows
    assert [(pair.exchange, pair.names) for pair in pairs] == [
        ("binance", ("Cardano", "Euro")),
        ("kucoin", ("Cardano", "Euro")),
    ]
    assert Currency("ADA") == found.code
