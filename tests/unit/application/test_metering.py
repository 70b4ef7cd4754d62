"""What the meter is told of while conversions are made."""

import pytest

from application.ports.meter import Level
from domain.book import RateType
from domain.errors import ExchangeUnavailable, FailureReason
from tests.unit.application.house import House
from tests.unit.application.waiting import answers, started
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.exchange import failure

TIGHT = ("1", "1")
BTC_USDT = {"BTC/USDT": TIGHT}


async def test_a_conversion_is_told_of_with_the_exchange_that_served_and_one_that_was_not_made_is_not() -> None:
    house = House(BTC_USDT, {"KCS/USDT": TIGHT})
    await house.convert("BTC", "USDT")
    await house.convert("USDT", "KCS", rate_type=RateType.EXECUTABLE)
    await house.convert("BTC", "BTC")
    await house.no_route("BTC", "NOPE")
    assert house.meter.conversions == {
        ("binance", RateType.MID, 1): 1,
        ("kucoin", RateType.EXECUTABLE, 1): 1,
        ("binance", RateType.MID, 0): 1,
    }


async def test_every_call_is_told_of_with_its_outcome() -> None:
    house = House(BTC_USDT)
    house.binance.fail_next(failure("binance"))
    await house.convert("BTC", "USDT")
    assert house.meter.calls == {("binance", None): 2, ("binance", FailureReason.SERVER_ERROR): 1}


async def test_a_call_that_was_not_made_is_not_told_of() -> None:
    house = House(BTC_USDT)
    house.binance.fail_next(failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=30))
    for _ in range(3):
        await house.unavailable("BTC", "USDT", "binance")
    assert house.meter.calls == {("binance", FailureReason.RATE_LIMITED): 1}


async def test_a_fault_of_our_own_is_no_outcome_of_the_exchange() -> None:
    house = House(BTC_USDT)
    house.binance.fail_next(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        await house.convert("BTC", "USDT")
    assert house.meter.calls == {}


async def test_prices_come_from_the_exchange_then_from_the_process() -> None:
    house = House(BTC_USDT)
    for _ in range(4):
        await house.convert("BTC", "USDT", cache_max_seconds=10)
    assert house.meter.prices == {("binance", Level.EXCHANGE): 1, ("binance", Level.PROCESS): 3}


async def test_prices_that_another_process_fetched_come_from_the_cache() -> None:
    other = House(BTC_USDT)
    house = House(BTC_USDT, beside=other)
    await other.convert("BTC", "USDT")
    await started()
    house.clock.advance(5)
    for _ in range(2):
        await house.convert("BTC", "USDT", cache_max_seconds=10)
    assert house.meter.prices == {("binance", Level.CACHE): 1, ("binance", Level.PROCESS): 1}
    assert (house.meter.listings, house.meter.books) == ({"binance": NOON}, {"binance": NOON})
    assert house.meter.calls == {}
    await house.convert("BTC", "USDT")
    assert house.meter.prices["binance", Level.EXCHANGE] == 1


async def test_all_who_share_a_fetch_needed_its_prices() -> None:
    house = House(BTC_USDT)
    await answers(await started(*(house.convert("BTC", "USDT") for _ in range(100))))
    assert house.meter.prices == {("binance", Level.EXCHANGE): 100}
    assert house.meter.calls == {("binance", None): 2}


async def test_prices_in_hand_are_from_the_process_for_whoever_did_not_look_first() -> None:
    house = House(BTC_USDT)
    market = house.markets["binance"]
    await market.books(NOON)
    await market.books(NOON)
    assert house.meter.prices == {("binance", Level.EXCHANGE): 1, ("binance", Level.PROCESS): 1}


async def test_without_prices_nothing_is_told_of_them() -> None:
    house = House(BTC_USDT)
    house.binance.books = []
    with pytest.raises(ExchangeUnavailable):
        await house.markets["binance"].books(NOON)
    assert (house.meter.prices, house.meter.books) == ({}, {})


async def test_the_moment_of_each_newer_market_is_told() -> None:
    house = House(BTC_USDT)
    await house.convert("BTC", "USDT")
    house.clock.advance(7)
    await house.convert("BTC", "USDT")
    assert (house.meter.listings, house.meter.books) == ({"binance": NOON}, {"binance": NOON + 7})


async def test_a_breaker_that_opens_and_closes_is_told_of() -> None:
    house = House(BTC_USDT)
    house.binance.fail_next(failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=30))
    await house.unavailable("BTC", "USDT", "binance")
    assert house.meter.open_breakers == {"binance"}
    house.clock.advance(31)
    await house.convert("BTC", "USDT", exchange="binance")
    assert house.meter.open_breakers == set()
