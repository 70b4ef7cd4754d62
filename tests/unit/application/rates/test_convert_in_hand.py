"""The path of nearly every request: all that decides it is in memory, so it waits for nothing."""

from decimal import Decimal
from unittest.mock import Mock

import pytest

from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import NoRoute
from tests.unit.application.rates.harness import ConversionHarness

TIGHT = ("1", "1")
BINANCE = {"TRX/USDT": TIGHT, "ADA/USDT": TIGHT, "BTC/USDT": TIGHT}
KUCOIN = {"KCS/USDT": TIGHT, "TRX/ADA": ("1", "9")}


async def warm() -> ConversionHarness:
    harness = ConversionHarness(BINANCE, KUCOIN)
    await harness.convert("BTC", "USDT")
    await harness.convert("KCS", "USDT")
    return harness


def answered_without_waiting(harness: ConversionHarness, currency_from: str, currency_to: str) -> str:
    asked = harness.use_case(
        arrival=harness.use_case.arrival(),
        amount=Decimal(1),
        currency_from=Currency(currency_from),
        currency_to=Currency(currency_to),
        cache_max_seconds=1000,
    )
    with pytest.raises(StopIteration) as answer:
        asked.send(None)
    assert in_memory(harness, currency_from, currency_to) == answer.value.value
    return f"{answer.value.value.route.exchange} by {len(answer.value.value.route.legs)}"


def in_memory(
    harness: ConversionHarness, currency_from: str, currency_to: str, cache_max_seconds: int = 1000
) -> Conversion | None:
    return harness.use_case.in_memory(
        arrival=harness.use_case.arrival(),
        amount=Decimal(1),
        currency_from=Currency(currency_from),
        currency_to=Currency(currency_to),
        rate_type=RateType.MID,
        cache_max_seconds=cache_max_seconds,
    )


async def test_what_memory_cannot_decide_is_not_answered_from_it() -> None:
    harness = await warm()
    harness.clock.advance(10)
    assert in_memory(harness, "BTC", "USDT", 10) is not None
    assert in_memory(harness, "BTC", "USDT", 9) is None
    assert in_memory(ConversionHarness(BINANCE, KUCOIN), "BTC", "USDT") is None
    harness.clock.advance(51)
    assert in_memory(harness, "BTC", "NOPE") is None  # it may be listed by now


async def test_no_route_is_told_at_once_while_the_lists_of_pairs_are_young() -> None:
    harness = await warm()
    calls = harness.binance.calls, harness.kucoin.calls
    with pytest.raises(NoRoute) as refused:
        in_memory(harness, "BTC", "NOPE")
    with pytest.raises(NoRoute) as looked_up:
        await harness.convert("BTC", "NOPE", cache_max_seconds=1000)
    assert refused.value.reasons == looked_up.value.reasons
    assert (harness.binance.calls, harness.kucoin.calls) == calls


async def test_a_later_exchange_is_not_asked_whether_it_might_have_a_detour_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harness = ConversionHarness(BINANCE, {"KCS/USDT": TIGHT})
    await harness.convert("BTC", "TRX")
    (kucoin,) = harness.use_case.asked("kucoin")
    instruments_in_memory = Mock(wraps=kucoin.instruments_in_memory)
    monkeypatch.setattr(kucoin, "instruments_in_memory", instruments_in_memory)
    assert in_memory(harness, "BTC", "TRX") is not None
    assert instruments_in_memory.call_count == 1  # whether it has a direct pair


@pytest.mark.parametrize(
    ("currency_from", "currency_to", "answer"),
    [
        ("BTC", "USDT", "binance by 1"),
        ("USDT", "BTC", "binance by 1"),
        ("BTC", "TRX", "binance by 2"),
        ("KCS", "USDT", "kucoin by 1"),
        ("TRX", "ADA", "kucoin by 1"),
        ("BTC", "BTC", "binance by 0"),
    ],
)
async def test_it_is_answered_at_once_by_the_exchange_that_would_have_been_asked(
    currency_from: str, currency_to: str, answer: str
) -> None:
    harness = await warm()
    calls = harness.binance.calls, harness.kucoin.calls
    assert answered_without_waiting(harness, currency_from, currency_to) == answer
    assert (harness.binance.calls, harness.kucoin.calls) == calls


async def test_a_detour_needs_no_prices_of_an_exchange_that_has_no_direct_pair() -> None:
    harness = ConversionHarness(BINANCE, {"KCS/USDT": TIGHT})
    await harness.convert("BTC", "TRX")
    assert harness.kucoin.book_tickers_calls == 0
    assert answered_without_waiting(harness, "BTC", "TRX") == "binance by 2"
    assert answered_without_waiting(harness, "ADA", "TRX") == "binance by 2"


async def test_no_route_is_never_answered_from_memory_alone() -> None:
    harness = await warm()
    harness.clock.advance(61)
    instruments_calls = harness.binance.instruments_calls
    with pytest.raises(NoRoute) as refused:
        await harness.convert("BTC", "NOPE", cache_max_seconds=1000)
    assert set(refused.value.reasons) == {"binance", "kucoin"}
    assert harness.binance.instruments_calls == instruments_calls + 1
