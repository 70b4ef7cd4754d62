from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.currency import Currency
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.median import MedianConversion, agreeing
from domain.rates.route import Route
from domain.rates.routing import find_route
from tests.unit.domain.rates.fractions import rounded_half_even

NOW = 1_700_000_000.0


def routes(prices: Mapping[str, tuple[str, str]]) -> dict[str, Route]:
    found = {}
    for name, (bid, ask) in prices.items():
        instruments = Instruments.of(name, [("AB", "A", "B")], NOW)
        market = MarketSnapshot(instruments, BookTickers.of(name, [("AB", bid, ask)], NOW))
        route = find_route(market, Currency("B"), Currency("A"))
        assert route is not None
        found[name] = route
    return found


def of_mids(*mids: str) -> dict[str, Route]:
    return routes({f"x{number}": (mid, mid) for number, mid in enumerate(mids)})


@pytest.mark.parametrize(
    ("mids", "kept"),
    [
        (("100",), {"x0"}),
        (("100", "109"), {"x0", "x1"}),
        (("100", "111"), set()),
        (("100", "101", "200"), {"x0", "x1"}),
        (("200", "100", "101"), {"x1", "x2"}),
        (("100", "100", "200", "200"), set()),
        (("100", "100", "100", "200", "200"), {"x0", "x1", "x2"}),
    ],
)
def test_whom_most_others_contradict_is_left_out(mids: tuple[str, ...], kept: set[str]) -> None:
    assert agreeing(of_mids(*mids), Decimal(10)) == kept
    assert agreeing(of_mids(*mids), Decimal(0)) == {f"x{number}" for number in range(len(mids))}


@given(st.lists(st.tuples(st.decimals("1", "1000", places=6), st.decimals("0", "9", places=7)), min_size=1, max_size=6))
def test_the_median_is_the_middle_or_the_mean_of_the_two_in_the_middle_rounded_once(
    books: list[tuple[Decimal, Decimal]],
) -> None:
    found = routes({f"x{number}": (str(bid), str(bid + gap)) for number, (bid, gap) in enumerate(books)})
    ordered = sorted(2 / (2 * Fraction(bid) + Fraction(gap)) for bid, gap in books)
    while len(ordered) > 2:
        ordered = ordered[1:-1]
    conversion = MedianConversion.of(Decimal(3), list(found.values()), {})
    assert Fraction(conversion.rate) == rounded_half_even(sum(ordered, Fraction(0)) / len(ordered))
    assert conversion.result == 3 * conversion.rate
