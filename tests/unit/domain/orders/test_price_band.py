"""The price band is compared exactly, whatever the scales of the assets."""

from decimal import Decimal

import pytest

from domain.ledger.asset import Asset
from domain.orders.price_band import PriceBand


@pytest.mark.parametrize(("bought", "clear_with"), [(18, 18), (8, 18), (18, 2), (0, 8)])
def test_an_order_is_beyond_when_its_amount_costs_more_than_the_band_allows(bought: int, clear_with: int) -> None:
    btc, usdt = Asset.of("BTC", bought), Asset.of("USDT", clear_with)
    amount, cost = btc.units_of(Decimal(3)), usdt.units_of(Decimal(300))
    assert not PriceBand.at(Decimal(102), Decimal(2), btc, usdt).is_beyond(amount, cost)
    assert PriceBand.at(Decimal("102.0000000001"), Decimal(2), btc, usdt).is_beyond(amount, cost)
    assert not PriceBand.at(Decimal(1), Decimal(2), btc, usdt).is_beyond(amount, cost)


def test_a_band_of_nothing_allows_the_price_of_acceptance_only() -> None:
    btc, usdt = Asset.of("BTC", 8), Asset.of("USDT", 8)
    assert not PriceBand.at(Decimal("0.3"), Decimal(0), btc, usdt).is_beyond(10, 3)
    assert PriceBand.at(Decimal("0.3"), Decimal(0), btc, usdt).is_beyond(11, 3)
