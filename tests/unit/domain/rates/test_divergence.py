"""Which pairs two markets price too far apart."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rates.divergence import Divergence, divergences, mismatched_currencies
from domain.rates.market_snapshot import MarketSnapshot
from tests.unit.domain.rates.markets import Row, edges_of, market, small_markets

TEN = Decimal(10)


def trading(prices: dict[str, tuple[str, str]]) -> MarketSnapshot:
    """Make a market of bid and ask by "BASE/QUOTE"."""
    listed: list[Row] = [(symbol, *_split(symbol)) for symbol in prices]
    return market(listed, [(symbol, *sides) for symbol, sides in prices.items()])


def _split(symbol: str) -> tuple[str, str]:
    base, _, quote = symbol.partition("/")
    return base, quote


def found(one: MarketSnapshot, other: MarketSnapshot, threshold: Decimal = TEN) -> list[str]:
    return [str(each.pair) for each in divergences(one, other, threshold)]


def test_a_pair_whose_mids_are_far_apart_diverges_and_its_neighbour_does_not() -> None:
    one = trading({"BIFI/USDT": ("325", "326"), "BTC/USDT": ("99", "101")})
    other = trading({"BTC/USDT": ("100", "102"), "BIFI/USDT": ("0.0061", "0.0062")})
    assert found(one, other) == ["BIFI/USDT"]


@pytest.mark.parametrize(
    ("price", "diverges"), [("110", False), ("110.000000000000000001", True), ("109.999999999999999999", False)]
)
def test_the_threshold_itself_is_no_divergence_to_the_last_digit(price: str, *, diverges: bool) -> None:
    one, other = trading({"A/B": ("100", "100")}), trading({"A/B": (price, price)})
    assert bool(found(one, other)) is bool(found(other, one)) is diverges


def test_a_price_that_is_a_minute_older_than_the_newest_of_its_exchange_is_not_compared() -> None:
    one, other = trading({"A/B": ("1", "1"), "C/D": ("1", "1")}), trading({"A/B": ("2", "2"), "C/D": ("2", "2")})
    books = other.book_tickers
    aged = replace(books, older={"A/B": books.observed_at - 61, "C/D": books.observed_at - 59})
    assert found(one, MarketSnapshot(other.instruments, aged)) == ["C/D"]


def test_mids_are_compared_so_that_a_broken_book_shows() -> None:
    one, other = trading({"A/B": ("99", "101")}), trading({"A/B": ("99", "2700")})
    assert found(one, other) == ["A/B"]


def test_a_pair_that_only_one_exchange_lists_or_quotes_is_not_compared() -> None:
    one = trading({"A/B": ("1", "1"), "C/B": ("1", "1")})
    listed: list[Row] = [("AB", "A", "B"), ("DB", "D", "B")]
    other = market(listed, [("DB", "5", "5"), ("CB", "5", "5")])
    assert found(one, other) == found(other, one) == []


def test_a_pair_the_other_way_round_is_another_pair() -> None:
    assert found(trading({"A/B": ("2", "2")}), trading({"B/A": ("7", "7")})) == []


def strange(one: MarketSnapshot, other: MarketSnapshot) -> set[str]:
    return set(map(str, mismatched_currencies(one, other, list(divergences(one, other, TEN)))))


def test_a_currency_is_a_stranger_if_all_its_shared_pairs_diverge() -> None:
    same = {"BTC/USDT": ("100", "100"), "BTC/EUR": ("90", "90")}
    one = trading(same | {"BIFI/USDT": ("325", "325"), "BTC/BRL": ("5", "5"), "ETH/BRL": ("5", "5")})
    other = trading(
        same | {"BIFI/USDT": ("1", "1"), "BTC/BRL": ("4", "4"), "ETH/BRL": ("5", "5"), "BIFI/BTC": ("1", "1")}
    )
    assert strange(one, other) == strange(other, one) == {"BIFI"}
    assert strange(trading(same), trading(same)) == set()


def test_a_pair_that_cannot_be_compared_makes_no_currency_trusted() -> None:
    one = trading({"BIFI/USDT": ("325", "325"), "BIFI/BTC": ("1", "1"), "BTC/USDT": ("9", "9")})
    listed: list[Row] = [("BU", "BIFI", "USDT"), ("BB", "BIFI", "BTC"), ("XU", "BTC", "USDT")]
    other = market(listed, [("BU", "1", "1"), ("XU", "9", "9")])
    assert strange(one, other) == {"BIFI"}


def test_a_divergence_has_both_mids_exactly_and_the_difference_in_percent_of_the_lower() -> None:
    one, other = trading({"A/B": ("0.1", "0.2")}), trading({"A/B": ("0.3", "0.3")})
    (each,) = divergences(one, other, TEN)
    assert each == Divergence(each.pair, Decimal("0.15"), Decimal("0.3"))
    assert each.percent == pytest.approx(100)
    (other_way,) = divergences(other, one, TEN)
    assert other_way.percent == each.percent


@given(small_markets(), small_markets(), st.sampled_from([Decimal("0.5"), TEN, Decimal(100)]))
def test_it_finds_what_comparing_every_two_books_as_fractions_finds(
    one: tuple[list[Row], list[Row]], other: tuple[list[Row], list[Row]], threshold: Decimal
) -> None:
    limit = 1 + Fraction(threshold) / 100
    expected = []
    for mine, theirs in product(edges_of(*one), edges_of(*other)):
        low, high = sorted((mine.bid + mine.ask, theirs.bid + theirs.ask))
        if (mine.base, mine.quote) == (theirs.base, theirs.quote) and high > limit * low:
            expected.append(f"{mine.base}/{mine.quote}")
    expected.sort()
    assert sorted(found(market(*one), market(*other), threshold)) == expected
