"""The fold of rows and snapshots: what is used, what is dropped, and which symbols are found dead."""

from dataclasses import replace

import pytest

from application.market_data.feeds.streamed_books import IN_FLIGHT_SECONDS, JUDGED_AFTER_SECONDS, StreamedBooks
from application.market_data.ports.feed import StreamedRow
from application.market_data.ports.feed_meter import DropReason
from domain.rates.book_tickers import ROWS_PER_STEP, BookTickers
from tests.unit.application.market_data.feeds.exhausted import exhausted
from tests.unit.fakes.clock import NOON

BTC, ETH = "BTCUSDT", "ETHUSDT"
ALL = frozenset({BTC, ETH})


def snapshot(at: float, btc: tuple[str, str] = ("10", "11"), eth: tuple[str, str] = ("2", "3")) -> BookTickers:
    return BookTickers.of("binance", [(BTC, *btc), (ETH, *eth)], at)


def books_of(streamed: StreamedBooks, at: float = NOON) -> BookTickers:
    built = exhausted(streamed.built(at))
    assert built is not None
    return built


def price(streamed: StreamedBooks, symbol: str = BTC) -> tuple[str, str]:
    book = books_of(streamed).by_symbol[symbol]
    return str(book.bid), str(book.ask)


@pytest.fixture
def streamed() -> StreamedBooks:
    """Covered by a snapshot a minute ago, over a first connection."""
    books = StreamedBooks("binance")
    books.opened(1)
    books.take_snapshot(snapshot(NOON - 60), ALL, is_covered=False)
    exhausted(books.built(NOON))
    return books


def take(streamed: StreamedBooks, bid: str, ask: str, number: int, at: float = NOON, generation: int = 1) -> None:
    streamed.take(generation, [StreamedRow(BTC, bid, ask, number)], at)


def test_before_any_book_there_is_nothing_to_build() -> None:
    assert exhausted(StreamedBooks("binance").built(NOON)) is None


def test_a_row_replaces_the_book_of_its_symbol_alone_and_is_told_as_a_patch(streamed: StreamedBooks) -> None:
    before = books_of(streamed).by_symbol
    take(streamed, "12", "13", 1)
    assert price(streamed) == ("12", "13")
    assert streamed.patch == [(BTC, "12", "13")]
    assert (price(streamed, ETH), str(before[BTC].bid)) == (("2", "3"), "10")


def test_without_a_change_the_same_prices_are_built_again(streamed: StreamedBooks) -> None:
    take(streamed, "12", "13", 1)
    assert books_of(streamed).by_symbol is books_of(streamed).by_symbol
    assert streamed.patch == []


def test_a_symbol_that_no_snapshot_has_is_added(streamed: StreamedBooks) -> None:
    streamed.take(1, [StreamedRow("NEWUSDT", "1", "2", 1)], NOON)
    assert price(streamed, "NEWUSDT") == ("1", "2")
    assert streamed.patch is None


def test_a_row_that_changes_only_sizes_is_no_change(streamed: StreamedBooks) -> None:
    take(streamed, "12", "13", 5)
    before = books_of(streamed)
    take(streamed, "12", "13", 6)
    after = books_of(streamed, NOON + 1)
    assert (after.by_symbol is before.by_symbol, streamed.patch, after.observed_at) == (True, [], NOON + 1)


@pytest.mark.parametrize("number", [5, 4])
def test_a_row_that_is_repeated_or_comes_out_of_order_is_dropped(streamed: StreamedBooks, number: int) -> None:
    """ccxt#11331: the timestamps of a long session jump back."""
    take(streamed, "12", "13", 5)
    take(streamed, "9", "9.5", number)
    assert price(streamed) == ("12", "13")
    assert streamed.dropped == {DropReason.REPEATED: 1}


def test_during_a_rotation_the_newer_connection_wins_and_sequences_compare_across_both(streamed: StreamedBooks) -> None:
    take(streamed, "12", "13", 5)
    streamed.opened(2)
    take(streamed, "12", "13", 5, generation=2)
    assert streamed.dropped == {DropReason.REPEATED: 1}
    take(streamed, "14", "15", 6, generation=2)
    take(streamed, "16", "17", 7, generation=1)
    assert price(streamed) == ("14", "15")
    assert streamed.dropped[DropReason.STALE_CONNECTION] == 1


def test_after_a_reconnect_sequences_begin_again_and_the_old_connection_is_not_heard(streamed: StreamedBooks) -> None:
    take(streamed, "12", "13", 500)
    streamed.closed(1)
    take(streamed, "16", "17", 501, generation=1)
    assert streamed.dropped == {DropReason.STALE_CONNECTION: 1}
    streamed.opened(2)
    take(streamed, "14", "15", 1, generation=2)
    assert price(streamed) == ("14", "15")


@pytest.mark.parametrize(
    ("bid", "ask", "reason"),
    [
        ("13", "12", DropReason.CROSSED),
        ("0.10000000000000000001", "0.1", DropReason.CROSSED),  # equal as floats
        ("0", "12", DropReason.NOT_POSITIVE),
        ("12", "0.000", DropReason.NOT_POSITIVE),
        ("-1", "12", DropReason.NOT_POSITIVE),
        ("nan", "12", DropReason.UNREADABLE),
        ("", "12", DropReason.UNREADABLE),
        ("1_0", "12", DropReason.UNREADABLE),
        (" 10", "12", DropReason.UNREADABLE),
        ("1", "1" * 41, DropReason.UNREADABLE),
        ("1e-40", "1", DropReason.UNREADABLE),
    ],
)
def test_a_row_without_a_sane_book_is_dropped_and_the_last_price_ages_until_the_next(
    streamed: StreamedBooks, bid: str, ask: str, reason: DropReason
) -> None:
    """It is as old as the last proof: the row may have been sent long before it arrives."""
    take(streamed, "10", "11", 1)
    take(streamed, bid, ask, 2, NOON + 1)
    assert streamed.dropped == {reason: 1}
    later = books_of(streamed, NOON + 9)
    assert (later.observed_at_of(BTC), later.observed_at_of(ETH)) == (NOON, NOON + 9)
    take(streamed, "12", "12", 3)
    assert (books_of(streamed).older, price(streamed)) == ({}, ("12", "12"))


def test_a_quiet_symbol_that_a_snapshot_agrees_with_stays_as_old_as_the_connection(streamed: StreamedBooks) -> None:
    streamed.take_snapshot(snapshot(NOON, btc=("10.00", "11.0")), ALL, is_covered=True)
    assert streamed.judge(NOON + 99) == []
    assert books_of(streamed).older == {}


def test_a_symbol_that_stopped_while_its_snapshot_moved_is_found_dead(streamed: StreamedBooks) -> None:
    """As in ccxt#22662: the socket stays open, and one price repeats for hours."""
    streamed.take_snapshot(snapshot(NOON, btc=("20", "21")), ALL, is_covered=True)
    assert (price(streamed), books_of(streamed, NOON + 1).observed_at_of(BTC)) == (("20", "21"), NOON)
    assert streamed.judge(NOON + JUDGED_AFTER_SECONDS - 0.1) == []
    assert streamed.judge(NOON + JUDGED_AFTER_SECONDS) == [BTC]
    assert streamed.dead == {BTC}
    streamed.take_snapshot(snapshot(NOON + 60, btc=("30", "31")), ALL, is_covered=True)
    assert streamed.judge(NOON + 99) == []  # counted once
    assert books_of(streamed, NOON + 70).observed_at_of(BTC) == NOON + 60
    take(streamed, "31", "32", 9)
    assert (streamed.dead, books_of(streamed).older) == (set(), {})


def test_a_dead_symbol_lives_again_when_a_snapshot_agrees(streamed: StreamedBooks) -> None:
    streamed.take_snapshot(snapshot(NOON, btc=("20", "21")), ALL, is_covered=True)
    streamed.judge(NOON + JUDGED_AFTER_SECONDS)
    streamed.take_snapshot(snapshot(NOON + 60, btc=("20", "21")), ALL, is_covered=True)
    assert (streamed.dead, books_of(streamed).older) == (set(), {})


def test_a_change_that_was_in_flight_is_no_death(streamed: StreamedBooks) -> None:
    streamed.take_snapshot(snapshot(NOON, btc=("20", "21")), ALL, is_covered=True)
    take(streamed, "20", "21", 2, NOON + 1)
    assert streamed.judge(NOON + 99) == []


def test_a_row_from_just_before_the_snapshot_may_be_newer_and_is_kept(streamed: StreamedBooks) -> None:
    take(streamed, "12", "13", 1, NOON - IN_FLIGHT_SECONDS + 0.1)
    streamed.take_snapshot(snapshot(NOON), ALL, is_covered=True)
    assert (price(streamed), books_of(streamed).older) == (("12", "13"), {})


def test_a_row_of_a_lost_connection_is_never_newer_than_a_snapshot(streamed: StreamedBooks) -> None:
    take(streamed, "12", "13", 1, NOON - 0.1)
    streamed.closed(1)
    streamed.take_snapshot(snapshot(NOON), ALL, is_covered=False)
    assert price(streamed) == ("10", "11")


def test_a_symbol_that_nothing_is_subscribed_to_is_as_old_as_its_snapshot_and_no_death(streamed: StreamedBooks) -> None:
    streamed.take_snapshot(snapshot(NOON, eth=("5", "6")), {BTC}, is_covered=True)
    assert streamed.judge(NOON + 99) == []
    assert books_of(streamed, NOON + 30).older == {ETH: NOON}


def test_a_symbol_that_streams_no_sane_book_is_not_dead(streamed: StreamedBooks) -> None:
    streamed.take_snapshot(snapshot(NOON, btc=("20", "21")), ALL, is_covered=True)
    take(streamed, "0", "0", 2, NOON + 1)
    assert streamed.judge(NOON + 99) == []
    assert books_of(streamed, NOON + 30).observed_at_of(BTC) == NOON


def test_a_symbol_that_a_snapshot_no_longer_has_is_gone(streamed: StreamedBooks) -> None:
    streamed.take_snapshot(BookTickers.of("binance", [(ETH, "2", "3")], NOON), ALL, is_covered=True)
    assert list(books_of(streamed).by_symbol) == [ETH]


def test_large_changes_are_built_in_steps_and_what_arrives_meanwhile_is_in_the_next_books() -> None:
    symbols = [f"S{number}" for number in range(2 * ROWS_PER_STEP + 1)]
    books = StreamedBooks("binance")
    books.opened(1)
    books.take(1, [StreamedRow(symbol, "1", "2", 1) for symbol in symbols], NOON)
    books_of(books)
    books.take(1, [StreamedRow(symbol, "3", "4", 2) for symbol in symbols], NOON)
    steps = books.built(NOON)
    next(steps)
    books.take(1, [StreamedRow(symbol, "5", "6", 3) for symbol in symbols], NOON)
    books.take_snapshot(BookTickers.of("binance", [("S0", "5", "6")], NOON + 99), symbols, is_covered=True)
    built = exhausted(steps)
    assert built is not None
    assert set(built.by_symbol.bids) == {"3"}
    assert dict(books_of(books).by_symbol) == dict(BookTickers.of("binance", [("S0", "5", "6")], NOON).by_symbol)


def test_symbols_are_bounded(streamed: StreamedBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.market_data.feeds.streamed_books.MAX_SYMBOLS", 2)
    streamed.take(1, [StreamedRow("NEWUSDT", "1", "2", 1)], NOON)
    assert streamed.dropped == {DropReason.TOO_MANY_SYMBOLS: 1}


def test_a_row_that_is_dated_ahead_is_dropped_and_is_not_the_newest_of_its_symbol(streamed: StreamedBooks) -> None:
    highest = 1000.0
    assert not streamed.take(1, [StreamedRow(BTC, "99", "100", 1001)], NOON, highest)
    assert streamed.dropped == {DropReason.DATED_AHEAD: 1}
    assert price(streamed) == ("10", "11")
    assert streamed.take(1, [StreamedRow(BTC, "12", "13", 1000)], NOON, highest)
    assert price(streamed) == ("12", "13")


NO_BOOKS = pytest.mark.parametrize(("bid", "ask"), [("1", "NaN"), ("2", "1"), ("0", "1")])


@NO_BOOKS
def test_a_row_that_is_no_book_tells_no_sequence_either(streamed: StreamedBooks, bid: str, ask: str) -> None:
    take(streamed, "12", "13", 1)
    take(streamed, bid, ask, 10**15)
    take(streamed, "14", "15", 2)
    assert (price(streamed), books_of(streamed).older) == (("14", "15"), {})


@NO_BOOKS
def test_a_symbol_has_no_price_where_neither_its_newest_row_nor_a_snapshot_has_one(
    streamed: StreamedBooks, bid: str, ask: str
) -> None:
    """Else rows without a book, as long as they come, would keep the last price for ever: older and older."""
    take(streamed, "12", "13", 5)
    take(streamed, bid, ask, 6, NOON + 1)
    assert price(streamed) == ("12", "13")
    streamed.take_snapshot(BookTickers.of("binance", [(ETH, "2", "3")], NOON + 2), ALL, is_covered=True)
    take(streamed, bid, ask, 7, NOON + 3)
    take(streamed, "12", "13", 5, NOON + 3)
    without = books_of(streamed, NOON + 4)
    assert (list(without.by_symbol), without.older) == ([ETH], {})
    take(streamed, "12", "13", 8, NOON + 5)
    again = books_of(streamed, NOON + 6)
    assert (price(streamed), again.observed_at_of(BTC)) == (("12", "13"), NOON + 6)


def test_a_row_without_prices_is_no_book_though_the_symbol_had_none_before(streamed: StreamedBooks) -> None:
    take(streamed, "0", "0", 6, NOON + 1)
    streamed.take_snapshot(BookTickers.of("binance", [(ETH, "2", "3")], NOON + 2), ALL, is_covered=True)
    take(streamed, "0", "0", 10**18, NOON + 3)
    assert streamed.dropped[DropReason.NOT_POSITIVE] == 2
    take(streamed, "12", "13", 7, NOON + 4)
    assert price(streamed) == ("12", "13")


def test_prices_that_ended_together_do_not_come_back_with_one_of_them(streamed: StreamedBooks) -> None:
    streamed.take(1, [StreamedRow(symbol, "12", "13", 5) for symbol in (BTC, ETH)], NOON)
    assert set(books_of(streamed).by_symbol) == {BTC, ETH}
    streamed.take(1, [StreamedRow(symbol, "0", "0", 6) for symbol in (BTC, ETH)], NOON + 1)
    other = replace(BookTickers.of("binance", [("OTHER", "1", "2")], NOON + 2), held_back={"OTHER": 1.0})
    streamed.take_snapshot(other, ALL, is_covered=True)
    assert exhausted(streamed.built(NOON + 2)) is None
    take(streamed, "12", "13", 7, NOON + 3)
    assert list(books_of(streamed, NOON + 4).by_symbol) == [BTC]


@NO_BOOKS
def test_a_symbol_whose_rows_were_no_books_has_the_price_of_a_later_snapshot(
    streamed: StreamedBooks, bid: str, ask: str
) -> None:
    take(streamed, bid, ask, 6, NOON + 1)
    streamed.take_snapshot(BookTickers.of("binance", [(ETH, "2", "3")], NOON + 2), ALL, is_covered=True)
    assert list(books_of(streamed, NOON + 3).by_symbol) == [ETH]
    streamed.take_snapshot(snapshot(NOON + 60), ALL, is_covered=True)
    assert price(streamed) == ("10", "11")


@NO_BOOKS
def test_nor_does_the_first_row_of_a_new_connection_if_it_is_no_book(
    streamed: StreamedBooks, bid: str, ask: str
) -> None:
    take(streamed, "12", "13", 500)
    streamed.closed(1)
    streamed.opened(2)
    take(streamed, bid, ask, 10**15, NOON + 1, generation=2)
    streamed.take_snapshot(snapshot(NOON + 1, btc=("12", "13")), ALL, is_covered=True)
    assert books_of(streamed, NOON + 2).observed_at_of(BTC) == NOON, "a snapshot from before it proves nothing"
    take(streamed, "14", "15", 1, generation=2)
    assert (price(streamed), books_of(streamed).older) == (("14", "15"), {})


@NO_BOOKS
def test_nor_does_one_during_a_rotation_after_which_the_older_connection_is_not_heard(
    streamed: StreamedBooks, bid: str, ask: str
) -> None:
    take(streamed, "12", "13", 5)
    streamed.opened(2)
    take(streamed, bid, ask, 10**15, generation=2)
    take(streamed, "16", "17", 6, generation=1)
    assert streamed.dropped[DropReason.STALE_CONNECTION] == 1
    take(streamed, "12", "13", 5, generation=2)
    assert streamed.dropped[DropReason.REPEATED] == 1
    take(streamed, "14", "15", 6, generation=2)
    assert (price(streamed), books_of(streamed).older) == (("14", "15"), {})


def test_what_a_connection_brought_before_it_missed_something_is_not_newer_than_a_snapshot(
    streamed: StreamedBooks,
) -> None:
    take(streamed, "12", "13", 1, NOON - 1)
    streamed.missed(1, NOON)
    streamed.take_snapshot(snapshot(NOON + 2, btc=("20", "21")), ALL, is_covered=False)
    assert (price(streamed), books_of(streamed).older) == (("20", "21"), {})
    take(streamed, "22", "23", 2, NOON + 3)
    streamed.take_snapshot(snapshot(NOON + 4, btc=("20", "21")), ALL, is_covered=False)
    assert price(streamed) == ("22", "23")


def test_until_a_stream_is_whole_each_snapshot_sets_right_what_the_one_before_it_told(streamed: StreamedBooks) -> None:
    """The first one may show what was before the loss; none of these prices was streamed since."""
    take(streamed, "12", "13", 1, NOON - 10)
    streamed.missed(1, NOON)
    streamed.take_snapshot(snapshot(NOON + 0.1, btc=("20", "21")), ALL, is_covered=False)
    streamed.take_snapshot(snapshot(NOON + 2.1, btc=("30", "31")), ALL, is_covered=False)
    assert (price(streamed), books_of(streamed).older) == (("30", "31"), {})


@pytest.mark.parametrize("is_judged", [True, False])
def test_a_symbol_that_did_not_stream_is_as_old_as_its_snapshot_when_its_connection_is_made_whole(
    streamed: StreamedBooks, *, is_judged: bool
) -> None:
    take(streamed, "12", "13", 1, NOON - 10)
    streamed.take_snapshot(snapshot(NOON, btc=("20", "21")), ALL, is_covered=True)
    if is_judged:
        assert streamed.judge(NOON + JUDGED_AFTER_SECONDS) == [BTC]
    streamed.missed(1, NOON + 1)
    for at in (NOON + 2, NOON + 2.5):
        streamed.take_snapshot(snapshot(at, btc=("30", "31")), ALL, is_covered=False)
        assert (price(streamed), books_of(streamed, NOON + 9).older) == (("30", "31"), {BTC: at})
    take(streamed, "32", "33", 2, NOON + 9)
    assert books_of(streamed, NOON + 9).older == {}
