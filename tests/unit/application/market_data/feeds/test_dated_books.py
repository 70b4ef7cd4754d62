"""No book of an exchange that dates its rows is ever newer than the row that proved it."""

import random
from collections.abc import Mapping

import pytest

from application.market_data.feeds.dated_books import DatedBooks
from application.market_data.ports.feed import StreamedRow
from application.market_data.ports.feed_meter import DropReason
from domain.rates.book_tickers import BookTickers
from tests.unit.application.market_data.feeds.exhausted import exhausted
from tests.unit.fakes.clock import NOON

OLD, NEW = 1, 2


@pytest.fixture
def books() -> DatedBooks:
    books = DatedBooks("coinbase")
    books.opened(OLD)
    return books


def row(symbol: str, bid: str, sequence: int, told_at: float | None, ask: str = "9") -> StreamedRow:
    return StreamedRow(symbol, bid, ask, sequence, told_at)


def built(books: DatedBooks) -> BookTickers:
    assert books.newest_at is not None
    found = exhausted(books.built(books.newest_at))
    assert found is not None
    return found


def shown(books: DatedBooks) -> Mapping[str, tuple[str, float]]:
    """Return each symbol's bid, and when it was true."""
    found = built(books)
    return {
        symbol: (bid, found.observed_at_of(symbol))
        for symbol, bid in zip(found.by_symbol.symbols, found.by_symbol.bids, strict=True)
    }


def test_each_book_is_as_old_as_its_own_row_however_new_the_others_are(books: DatedBooks) -> None:
    assert books.take(OLD, [row("A", "1", 7, NOON - 107), row("B", "2", 3, NOON - 0.5)], NOON)
    assert shown(books) == {"A": ("1", NOON - 107), "B": ("2", NOON - 0.5)}
    assert built(books).observed_at == NOON - 0.5


def test_of_trades_at_the_same_moment_the_last_one_counts(books: DatedBooks) -> None:
    books.take(OLD, [row("A", "3", 12, NOON - 1), row("A", "2", 10, NOON - 1), row("A", "4", 14, NOON - 1)], NOON)
    assert shown(books) == {"A": ("4", NOON - 1)}


def test_what_is_repeated_or_late_changes_nothing_and_is_no_news(books: DatedBooks) -> None:
    newest = row("A", "3", 30, NOON - 3)
    books.take(OLD, [newest], NOON - 2)
    assert not books.take(OLD, [newest, row("A", "2", 20, NOON - 4), newest], NOON)
    assert shown(books) == {"A": ("3", NOON - 3)}
    assert books.dropped == {DropReason.REPEATED: 3}


def test_after_a_reconnect_the_last_trade_is_as_old_as_it_was(books: DatedBooks) -> None:
    books.take(OLD, [row("A", "3", 30, NOON - 60)], NOON - 59)
    books.closed(OLD)
    assert not books.take(OLD, [row("A", "4", 40, NOON)], NOON)
    books.opened(NEW)
    assert not books.take(NEW, [row("A", "2", 20, NOON - 90), row("A", "3", 30, NOON - 60)], NOON)
    assert shown(books) == {"A": ("3", NOON - 60)}
    assert books.take(NEW, [row("A", "5", 1, NOON - 1)], NOON), "a later trade counts, also after a restart"
    assert shown(books) == {"A": ("5", NOON - 1)}


def test_what_is_dated_ahead_is_dropped_and_does_not_make_the_next_ones_old(books: DatedBooks) -> None:
    assert not books.take(OLD, [row("A", "1", 1, NOON + 1.5), row("A", "1", 1, NOON + 1e9)], NOON)
    assert books.newest_at is None
    assert books.take(OLD, [row("A", "2", 2, NOON + 0.02)], NOON), "clocks differ a little"
    assert shown(books) == {"A": ("2", NOON)}
    assert books.take(OLD, [row("A", "3", 3, NOON + 0.5)], NOON + 1)
    assert shown(books) == {"A": ("3", NOON + 0.5)}
    assert books.dropped == {DropReason.DATED_AHEAD: 2}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (row("A", "9.5", 9, NOON), DropReason.CROSSED),
        (row("A", "0", 9, NOON), DropReason.NOT_POSITIVE),
        (row("A", "x", 9, NOON), DropReason.UNREADABLE),
        (row("A", "5", 9, None), DropReason.UNREADABLE),
    ],
    ids=["crossed", "no bid", "no number", "no time"],
)
def test_a_row_that_is_no_book_leaves_the_one_before_as_old_as_it_is(
    books: DatedBooks, wrong: StreamedRow, reason: DropReason
) -> None:
    books.take(OLD, [row("A", "1", 1, NOON - 30)], NOON)
    assert not books.take(OLD, [wrong], NOON)
    assert shown(books) == {"A": ("1", NOON - 30)}
    assert books.dropped == {reason: 1}


def test_a_snapshot_proves_nothing(books: DatedBooks) -> None:
    books.take(OLD, [row("A", "1", 1, NOON - 30)], NOON)
    snapshot = BookTickers.of("coinbase", [("A", "1", "9"), ("B", "1", "9")], NOON)
    books.take_snapshot(snapshot, {"A"}, is_covered=True, is_own=True)
    assert shown(books) == {"A": ("1", NOON - 30)}
    assert books.judge(NOON + 60) == []


def test_whatever_comes_in_whatever_order_nothing_is_newer_than_its_trade(books: DatedBooks) -> None:
    drawn = random.Random(7)  # noqa: S311 -- a seed, so that a failure comes again
    trades = [(NOON + n, drawn.choice("ABC"), n) for n in range(400)]
    true = {(symbol, str(n + 1)): at for at, symbol, n in trades}
    generation, now = OLD, NOON
    for at, symbol, n in trades:
        now = max(now, at + drawn.random())
        sent = [row(symbol, str(n + 1), n, at, ask="999")]
        if drawn.random() < 0.5:  # again, late, or from before a reconnect
            sent += [row(s, str(m + 1), m, a, ask="999") for a, s, m in drawn.sample(trades[: n + 1], min(n + 1, 5))]
        if drawn.random() < 0.1:
            sent.append(row(symbol, "1000", n, at + drawn.choice([2, 60, 1e6]), ask="1001"))
        if drawn.random() < 0.1:
            books.closed(generation)
            generation += 1
            books.opened(generation)
        drawn.shuffle(sent)
        books.take(generation, sent, now)
        for held, (bid, observed_at) in shown(books).items():
            assert observed_at == true[held, bid] <= now
    assert books.dropped[DropReason.DATED_AHEAD] > 10
