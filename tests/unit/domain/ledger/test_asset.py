"""Amounts become units exactly, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.asset import MAX_SCALE, MAX_UNITS, Asset
from domain.ledger.errors import InvalidAmount, InvalidAsset
from tests.unit.fakes.money import ETH, USD

UNITS = st.integers(-MAX_UNITS, MAX_UNITS)


@given(UNITS, st.integers(0, MAX_SCALE))
def test_units_survive_as_an_amount(units: int, scale: int) -> None:
    asset = Asset.of("XYZ", scale)
    assert asset.units_of(asset.amount_of(units)) == units


@pytest.mark.parametrize(
    ("amount", "units"),
    [("5.01", 501), ("5.0100000", 501), ("1E+3", 100_000), ("0", 0), ("0E+999999", 0), ("-1", -100)],
)
def test_an_amount_has_so_many_units(amount: str, units: int) -> None:
    assert USD.units_of(Decimal(amount)) == units


@pytest.mark.parametrize("amount", ["0.001", "1E-999999", "NaN", "Infinity", "-Infinity", "1E+36", "1E+999999"])
def test_what_cannot_be_counted_is_rejected_and_never_rounded(amount: str) -> None:
    with pytest.raises(InvalidAmount):
        USD.units_of(Decimal(amount))


def test_the_largest_amount_has_38_digits() -> None:
    assert ETH.units_of(ETH.amount_of(MAX_UNITS)) == MAX_UNITS
    with pytest.raises(InvalidAmount):
        ETH.units_of(ETH.amount_of(MAX_UNITS + 1))


@pytest.mark.parametrize("scale", [-1, MAX_SCALE + 1])
def test_a_scale_has_bounds(scale: int) -> None:
    with pytest.raises(InvalidAsset):
        Asset.of("XYZ", scale)
