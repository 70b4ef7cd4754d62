"""When it is certain that a venue will not execute an order."""

from decimal import Decimal
from uuid import UUID

import pytest

from domain.currency import Currency
from domain.orders.attempt import client_order_id, is_absence_decisive, may_still_send
from domain.orders.trade import Trade
from domain.orders.venue_order import Fill, VenueOrder
from domain.pair import Pair

PAIR = Pair(Currency("BTC"), Currency("USDT"))
SIGNED = 1_000
ORDER = VenueOrder("cr-1", "BTCUSDT", PAIR, Decimal(1), Decimal(1), SIGNED * 1000, 5000)
LIFETIME = 5 + 10 + 5


def test_absence_is_decisive_once_the_receive_window_and_the_venues_time_are_over() -> None:
    assert is_absence_decisive(ORDER, (SIGNED + LIFETIME) * 1000, watched_seconds=LIFETIME)


def test_the_venues_time_decides_nothing_before_they_are() -> None:
    assert not is_absence_decisive(ORDER, (SIGNED + LIFETIME) * 1000 - 1, watched_seconds=10_000)


def test_a_clock_of_the_venue_that_was_set_ahead_decides_nothing() -> None:
    assert not is_absence_decisive(ORDER, (SIGNED + 10_000) * 1000, watched_seconds=LIFETIME - 1)


@pytest.mark.parametrize(("seconds", "may"), [(0.0, True), (4.9, True), (5.0, False), (3600.0, False)])
def test_an_order_is_sent_only_within_its_receive_window(seconds: float, may: bool) -> None:
    assert may_still_send(ORDER, seconds) is may


def test_a_client_order_id_fits_both_exchanges() -> None:
    id_ = client_order_id(UUID(int=2**128 - 1), 99)
    assert id_ == "cr" + "f" * 24 + "-99"
    assert len(id_) <= 36


def test_a_trade_counts_fees_where_they_were_taken() -> None:
    bnb = Currency("BNB")
    fills = [
        Fill("1", Decimal(100), Decimal("0.5"), Decimal("0.0005"), PAIR.base),
        Fill("2", Decimal(101), Decimal("0.5"), Decimal("0.05"), PAIR.quote),
        Fill("3", Decimal(102), Decimal(1), Decimal("0.001"), bnb),
        Fill("4", Decimal(102), Decimal(1), Decimal(0), bnb),
    ]
    trade = Trade.of(PAIR, fills)
    assert trade == Trade(Decimal("2.9995"), Decimal("304.55"), {bnb: Decimal("0.001")})
