"""Rates in memory are those of conversions; what is not there, or is too old, is left out, and nothing is fetched."""

from datetime import date
from decimal import Decimal

import pytest

from application.rates import rates_in_memory
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.rates_in_memory import MAX_AGE_SECONDS, RatesInMemory
from domain.pair import Pair
from tests.unit.application.market_data.builders import LISTING_MAX_AGE_SECONDS
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.domain.rates.publications import publication
from tests.unit.fakes.reference_rates import FakeReferenceMeter

PAIRS = [Pair.parse(text) for text in ("BTC/USDT", "TRX/BTC", "XYZ/USDT")]


def reference() -> NewestReferenceRates:
    newest = NewestReferenceRates("ecb", FakeReferenceMeter())
    newest.accept(publication(date(2024, 4, 26)))  # two days before the clock's noon, a Friday
    return newest


def harness() -> ConversionHarness:
    return ConversionHarness({"BTC/USDT": ("99", "101"), "TRX/USDT": ("1", "1")})


async def shown(used: ConversionHarness) -> dict[str, Decimal]:
    found = await RatesInMemory(convert=used.use_case)(PAIRS)
    return {f"{each.route.currency_from}/{each.route.currency_to}": each.rate for each in found}


async def test_nothing_is_fetched_for_them() -> None:
    used = harness()
    assert await shown(used) == {}
    assert used.binance.calls == used.kucoin.calls == 0


async def test_they_are_what_conversions_find_until_they_are_too_old() -> None:
    used = harness()
    await used.convert("TRX", "BTC")  # so that both exchanges have said what they list
    assert await shown(used) == {"BTC/USDT": 100, "TRX/BTC": Decimal("0.01")}
    used.clock.advance(MAX_AGE_SECONDS + 1)
    assert MAX_AGE_SECONDS < LISTING_MAX_AGE_SECONDS  # so it is the prices that are too old
    assert await shown(used) == {}


async def test_after_the_deadline_no_more_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    used = harness()
    await used.convert("TRX", "BTC")  # so that both exchanges have said what they list
    monkeypatch.setattr(rates_in_memory, "DEADLINE_SECONDS", -1.0)
    assert list(await shown(used)) == ["BTC/USDT"]


async def test_while_exchanges_hang_what_the_bank_completes_stays_as_long_as_prices_and_its_own_rates_longer() -> None:
    used = ConversionHarness({"BTC/EUR": ("27499", "27501")}, reference=reference())
    pairs = [Pair.parse(text) for text in ("BTC/USD", "GBP/USD", "XYZ/USD")]

    async def exchanges() -> list[str]:
        return [each.route.exchange for each in await RatesInMemory(convert=used.use_case)(pairs)]

    assert await exchanges() == ["ecb"]
    for exchange, coin in (("binance", "BTC"), ("kucoin", "ELSE")):  # so that memory has the prices of both
        await used.convert(coin, "EUR" if coin == "BTC" else "WHERE", exchange=exchange)
    used.clock.advance(80)
    assert await exchanges() == ["binance+ecb", "ecb"]
    used.clock.advance(MAX_AGE_SECONDS)
    assert await exchanges() == ["ecb"]
    traded = ConversionHarness({"GBP/USD": ("1.2", "1.3")}, reference=reference())
    await traded.convert("GBP", "USD")
    traded.clock.advance(MAX_AGE_SECONDS + 1)
    assert await RatesInMemory(convert=traded.use_case)(pairs) == []  # conversions go by the exchange's rate
