"""What is held back of a snapshot does not come back by way of a feed."""

from dataclasses import replace

from application.market_data.feeds.streamed_books import JUDGED_AFTER_SECONDS, StreamedBooks
from application.market_data.ports.feed import StreamedRow
from domain.rates.book_tickers import BookTickers
from tests.unit.application.market_data.feeds.exhausted import exhausted

GENERATION = 1


def test_a_price_that_is_held_back_is_not_taken_from_a_snapshot() -> None:
    books = StreamedBooks("binance")
    books.opened(GENERATION)
    rows = [("BTCUSDT", "1.005", "1.005"), ("ETHUSDT", "9", "9"), ("NEWUSDT", "7", "7")]
    snapshot = BookTickers.of("binance", rows, 100.0)
    books.take(GENERATION, [StreamedRow("BTCUSDT", "100", "100", 1)], now=50.0)
    books.take_snapshot(replace(snapshot, held_back={"BTCUSDT": 100.0, "NEWUSDT": 7.0}), (), is_covered=False)
    built = exhausted(books.built(101.0))
    assert built is not None
    assert {symbol: built.by_symbol[symbol].bid for symbol in built.by_symbol} == {"BTCUSDT": 100, "ETHUSDT": 9}


def row_of_50_seconds_ago() -> StreamedBooks:
    books = StreamedBooks("binance")
    books.opened(GENERATION)
    books.take(GENERATION, [StreamedRow("BTCUSDT", "100", "100", 1)], now=50.0)
    return books


def take_jump(books: StreamedBooks, at: float, *, is_own: bool = True) -> None:
    jumped = replace(BookTickers.of("binance", [("BTCUSDT", "150", "150")], at), held_back={"BTCUSDT": 100.0})
    books.take_snapshot(jumped, {"BTCUSDT"}, is_covered=True, is_own=is_own)


def test_a_symbol_that_this_process_fetched_at_a_price_far_from_the_streamed_one_is_older_and_judged() -> None:
    books = row_of_50_seconds_ago()
    take_jump(books, 100.0)
    built = exhausted(books.built(101.0))
    assert built is not None
    assert built.by_symbol["BTCUSDT"].bid == 100
    assert built.older == {"BTCUSDT": 50.0}
    assert books.judge(100.0 + JUDGED_AFTER_SECONDS) == ["BTCUSDT"]


def test_it_is_no_suspect_once_it_streams_or_the_next_snapshot_agrees() -> None:
    streams, agrees = row_of_50_seconds_ago(), row_of_50_seconds_ago()
    for books in (streams, agrees):
        take_jump(books, 100.0)
    streams.take(GENERATION, [StreamedRow("BTCUSDT", "101", "101", 2)], now=101.0)
    rows = [("BTCUSDT", "100", "100")]
    agrees.take_snapshot(BookTickers.of("binance", rows, 101.0), {"BTCUSDT"}, is_covered=True, is_own=True)
    for books in (streams, agrees):
        built = exhausted(books.built(102.0))
        assert built is not None
        assert (built.older, books.judge(200.0)) == ({}, [])


def test_its_next_row_is_told_even_if_the_price_is_as_before() -> None:
    """It streams, so that it is no longer the fetch that decides."""
    books = row_of_50_seconds_ago()
    take_jump(books, 100.0)
    exhausted(books.built(101.0))
    books.take(GENERATION, [StreamedRow("BTCUSDT", "100", "100", 2)], now=101.0)
    exhausted(books.built(102.0))
    assert books.patch == [("BTCUSDT", "100", "100")]


def test_what_another_process_fetched_makes_nothing_older() -> None:
    books = row_of_50_seconds_ago()
    take_jump(books, 100.0, is_own=False)
    built = exhausted(books.built(101.0))
    assert built is not None
    assert (built.older, books.judge(200.0)) == ({}, [])
