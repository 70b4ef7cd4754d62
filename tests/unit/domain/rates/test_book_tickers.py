"""Checking thousands of books at once says what checking each by itself says."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.rates.book import TopOfBook
from domain.rates.book_tickers import MAX_ROWS_ONE_BY_ONE, ROWS_PER_STEP, BookTickers, Prices
from domain.rates.errors import InvalidBook, NothingTradable

ORDINARY = ["0.00000000", "1", "1.0", "1.00", "0.999", "2", "30.5", "16000.10"]
ODD = [
    *["", " ", "1.", ".5", "+1", "-1", "-0", "1_0", "1 ", "\n", "1\n", "\n1", "1\n2", "1.2.3", "..", ".", "1,5", "0x1"],
    *["NaN", "sNaN", "inf", "Infinity", "1e0", "1E+3", "1.5e-7", "1e", "e1", "1e400", "1E+1000000", "١", "½", "\ud800"],
    *["1e30", "1e-30", "1" + "0" * 30, "1" + "0" * 29 + "1", "1" + "0" * 30 + ".1", "0." + "0" * 29 + "1"],
    *["0." + "0" * 29 + "09", "1.00000000000000000000000000000001", "1.00000000000000000000000000000002", "1" * 41],
]
PRICES = st.one_of(st.sampled_from(ORDINARY), st.sampled_from(ODD), st.text("0123456789.", max_size=5))
ROWS = st.lists(st.tuples(st.sampled_from("ABCDEF"), PRICES, PRICES), max_size=40)


def one_by_one(rows: list[tuple[str, str, str]]) -> dict[str, TopOfBook]:
    book_tickers = {}
    for symbol, bid, ask in rows:
        with suppress(InvalidBook):
            book_tickers[symbol] = TopOfBook.parse(bid, ask)
    return book_tickers


def at_once(rows: list[tuple[str, str, str]]) -> Prices:
    return Prices([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])


@given(ROWS)
@example([(f"S{number}", "1", "2") for number in range(MAX_ROWS_ONE_BY_ONE)] + [("BAD", "1.2.3", "2")])
def test_books_checked_in_bulk_are_judged_as_one_by_one(rows: list[tuple[str, str, str]]) -> None:
    expected = one_by_one(rows)
    if not expected:
        with pytest.raises(NothingTradable):
            at_once(rows)
        return
    made = at_once(rows)
    assert dict(made) == expected
    assert {symbol: str(book) for symbol, book in made.items()} == {each: str(expected[each]) for each in made}
    assert made.costs == {each: float(book.ask) / float(book.bid) for each, book in expected.items()}
    assert len(made) == len(expected)


@pytest.mark.parametrize("odd", ODD)
def test_each_odd_price_is_judged_the_same_among_many_ordinary_ones(odd: str) -> None:
    ordinary = [(f"S{number}", "1", "1.5") for number in range(1000)]
    for row in [("ODD", odd, odd), ("ODD", odd, "2"), ("ODD", "0.5", odd)]:
        rows = [*ordinary[:500], row, *ordinary[500:]]
        assert dict(at_once(rows)) == one_by_one(rows)


def test_a_symbol_without_a_sane_book_has_no_entry_and_an_infinite_cost() -> None:
    made = at_once([("GOOD", "1", "2"), ("DEAD", "0", "0")])
    assert ("GOOD" in made, "DEAD" in made, list(made)) == (True, False, ["GOOD"])
    assert (made.costs["GOOD"], made.costs["DEAD"]) == (2, float("inf"))
    with pytest.raises(KeyError):
        made["DEAD"]


def test_a_book_is_read_once() -> None:
    made = at_once([("GOOD", "1", "2")])
    assert made["GOOD"] is made["GOOD"]


def test_columns_of_different_lengths_are_rejected() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        Prices(["A", "B"], ["1", "1"], ["2"])


def test_checking_in_steps_gives_the_same_books() -> None:
    count = 2 * ROWS_PER_STEP + 1
    columns = [f"S{number}" for number in range(count)], ["1"] * count, ["2", "0.5", "1.2.3"] * (count // 3)
    assert count % 3 == 0
    made = []

    def driven() -> Iterator[None]:
        made.append((yield from Prices.in_steps(*columns)))

    assert len(list(driven())) >= 3
    assert dict(made[0]) == dict(Prices(*columns))


@given(ROWS, ROWS)
@example([("A", "1", "2"), ("B", "3", "4")], [("A", "2", "3"), ("B", "5", "4"), ("A", "1.5", "1.5")])
def test_patched_prices_are_those_of_all_rows_and_what_was_before_stays_as_it_was(
    rows: list[tuple[str, str, str]], more: list[tuple[str, str, str]]
) -> None:
    known = one_by_one(rows)
    first = [(symbol, str(book.bid), str(book.ask)) for symbol, book in known.items()]
    if not first:
        return
    before = prices_of(first)
    read = dict(before)
    patch = [row for row in more if row[0] in known]
    after = patched(before, patch)
    assert dict(after) == known | one_by_one(patch)
    assert dict(before) == read == known
    for symbol, book in after.items():
        fresh = prices_of([(symbol, str(book.bid), str(book.ask))])
        assert after.costs[symbol] == pytest.approx(fresh.costs[symbol])
        assert after.approximate_mid(symbol) == pytest.approx(fresh.approximate_mid(symbol))


def patched(before: Prices, rows: list[tuple[str, str, str]]) -> Prices:
    made = []

    def driven() -> Iterator[None]:
        made.append((yield from before.patched_in_steps(rows)))

    list(driven())
    return made[0]


def prices_of(rows: list[tuple[str, str, str]]) -> Prices:
    symbols, bids, asks = ([row[column] for row in rows] for column in range(3))
    return Prices(symbols, bids, asks)


def test_since_leaves_out_what_is_older() -> None:
    books = BookTickers.of("x", [("A", "1", "2"), ("B", "3", "4"), ("C", "5", "6")], 100.0)
    dated = replace(books, older={"A": 90.0, "B": 95.0})
    since = dated.since(95.0)
    assert since is not None
    assert (list(since.by_symbol), since.is_partial) == (["B", "C"], True)
    assert since.observed_at_of("B") == 95.0
    assert dated.since(90.0) is dated
    assert dated.since(100.5) is None
