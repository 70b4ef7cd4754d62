"""What is sent to a venue obeys its rules, and is enough for what is wanted."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.currency import Currency
from domain.decimals import EXACT
from domain.orders.sizing import Capacity, capacity_of, is_affordable, size_of, smallest_value
from domain.orders.venue_order import MarketRules
from domain.pair import Pair

PAIR = Pair(Currency("BTC"), Currency("USDT"))
BAND = Decimal(2)


def rules(**given: Decimal) -> MarketRules:
    fields: dict[str, Any] = dict(given)
    return MarketRules("BTCUSDT", PAIR, **fields)


def test_the_threshold_is_the_largest_minimum_with_5_percent_to_spare() -> None:
    of_venue = rules(min_notional=Decimal(5), min_quantity=Decimal("0.001"))
    assert smallest_value(Decimal(1), Decimal(100), of_venue) == Decimal("5.25")
    assert smallest_value(Decimal(1), Decimal(10000), of_venue) == Decimal("10.5")
    assert smallest_value(Decimal(50), Decimal(100), of_venue) == Decimal(50)


@given(
    wanted=st.decimals("0.00000001", "1000", places=8),
    ask=st.decimals("0.01", "100000", places=2),
    lot=st.sampled_from(["0.00000001", "0.00001", "0.25", "1"]),
    fee=st.sampled_from(["0", "0.001", "0.0075"]),
    notional=st.sampled_from([None, "5", "0.1"]),
)
def test_a_size_is_in_whole_lots_and_leaves_what_is_wanted_after_the_fee(
    wanted: Decimal, ask: Decimal, lot: str, fee: str, notional: str | None
) -> None:
    of_venue = rules(
        lot_size=Decimal(lot),
        tick_size=Decimal("0.01"),
        taker_fee=Decimal(fee),
        **({} if notional is None else {"min_notional": Decimal(notional)}),
    )
    size = size_of(wanted, ask, of_venue, BAND)
    assert size.quantity % Decimal(lot) == 0
    assert EXACT.multiply(size.quantity, 1 - Decimal(fee)) >= wanted
    assert EXACT.multiply(size.quantity, ask) >= Decimal(notional or 0)
    assert ask <= size.limit_price <= ask * Decimal("1.02")
    assert size.limit_price % Decimal("0.01") == 0


def test_a_size_is_at_most_what_the_venue_takes_at_once() -> None:
    of_venue = rules(lot_size=Decimal("0.1"), max_quantity=Decimal("9.99"))
    assert size_of(Decimal(100), Decimal(1), of_venue, BAND).quantity == Decimal("9.9")


def test_a_price_finer_than_the_tick_is_rounded_up_rather_than_below_the_ask() -> None:
    of_venue = rules(tick_size=Decimal(1))
    assert size_of(Decimal(1), Decimal("10.4"), of_venue, BAND).limit_price == Decimal(11)


def test_what_a_venue_can_sell_is_what_it_can_be_sent_for_its_funds_after_the_fee() -> None:
    of_venue = {"taker_fee": Decimal("0.001"), "lot_size": Decimal("0.01"), "tick_size": Decimal("0.1")}
    funds, ask = Decimal(1030), Decimal(100)
    capacity = capacity_of(funds, ask, rules(**of_venue, max_quantity=Decimal(4)), BAND)
    assert capacity == Capacity(Decimal("9.99") * Decimal("0.999"), Decimal(4) * Decimal("0.999"))
    size = size_of(capacity.funded, ask, rules(**of_venue), BAND)
    assert is_affordable(size, funds)
    assert not is_affordable(replace(size, quantity=size.quantity + Decimal("0.01")), funds)
    assert capacity_of(Decimal(0), ask, rules(**of_venue), BAND) == Capacity(Decimal(0), Decimal(0))


def test_the_price_is_as_far_above_the_ask_as_band_and_venue_allow() -> None:
    ask, wanted = Decimal(100), Decimal(1)
    assert size_of(wanted, ask, rules(max_price_ratio=Decimal("1.01")), BAND).limit_price == 101
    assert size_of(wanted, ask, rules(max_price_ratio=Decimal(5)), BAND).limit_price == 102
    assert size_of(wanted, ask, rules(), BAND).limit_price == 102
