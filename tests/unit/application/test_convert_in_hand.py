"""The way of nearly every request: all that decides it is in hand, so nothing is asked and nothing is waited for."""

from decimal import Decimal

import pytest

from domain.currency import Currency
from domain.errors import NoRoute
from tests.unit.application.house import House

TIGHT = ("1", "1")
BINANCE = {"TRX/USDT": TIGHT, "ADA/USDT": TIGHT, "BTC/USDT": TIGHT}
KUCOIN = {"KCS/USDT": TIGHT, "TRX/ADA": ("1", "9")}


async def warm() -> House:
    house = House(BINANCE, KUCOIN)
    await house.convert("BTC", "USDT")
    await house.convert("KCS", "USDT")
    return house


def answered_without_waiting(house: House, currency_from: str, currency_to: str) -> str:
    asked = house.use_case(
        amount=Decimal(1),
        currency_from=Currency(currency_from),
        currency_to=Currency(currency_to),
        cache_max_seconds=1000,
    )
    with pytest.raises(StopIteration) as answer:
        asked.send(None)
    return f"{answer.value.value.route.exchange} by {len(answer.value.value.route.legs)}"


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
    house = await warm()
    calls = house.binance.calls, house.kucoin.calls
    assert answered_without_waiting(house, currency_from, currency_to) == answer
    assert (house.binance.calls, house.kucoin.calls) == calls


async def test_a_detour_needs_no_prices_of_an_exchange_that_has_no_direct_pair() -> None:
    house = House(BINANCE, {"KCS/USDT": TIGHT})
    await house.convert("BTC", "TRX")
    assert house.kucoin.books_calls == 0
    assert answered_without_waiting(house, "BTC", "TRX") == "binance by 2"
    assert answered_without_waiting(house, "ADA", "TRX") == "binance by 2"


async def test_no_is_never_said_from_what_is_in_hand_alone() -> None:
    house = await warm()
    house.clock.advance(61)
    listing_calls = house.binance.listing_calls
    with pytest.raises(NoRoute) as refused:
        await house.convert("BTC", "NOPE", cache_max_seconds=1000)
    assert set(refused.value.reasons) == {"binance", "kucoin"}
    assert house.binance.listing_calls == listing_calls + 1
