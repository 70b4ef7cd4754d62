"""Prices have as many decimals as asked for, whatever their size, and are never 0."""

from decimal import Decimal

import pytest

from entrypoints.http.compatible.coingecko import MOST_DECIMALS, price


@pytest.mark.parametrize(
    ("rate", "decimals", "expected"),
    [
        ("97123.4567", 2, 97123.46),
        ("12345678901", MOST_DECIMALS, 12345678901.0),
        ("1E+17", MOST_DECIMALS, 1e17),
        ("1E+18", MOST_DECIMALS, 1e18),
        ("1E+30", 0, 1e30),
        ("1E-17", MOST_DECIMALS, 1e-17),
        ("1E-17", 2, 1e-17),
        ("1E-30", MOST_DECIMALS, 1e-30),
        ("1E+17", None, 1e17),
    ],
)
def test_prices_of_every_size_are_rounded(rate: str, decimals: int | None, expected: float) -> None:
    assert price(Decimal(rate), decimals) == expected
