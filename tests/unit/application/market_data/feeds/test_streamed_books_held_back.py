"""What is held back of a snapshot does not come back by way of a feed."""

from dataclasses import replace

from application.market_data.feeds.streamed_books import StreamedBooks
from application.market_data.ports.feed import StreamedRow
from domain.rates.book_tickers import BookTickers

GENERATION = 1


def test_a_price_that_is_held_back_is_not_taken_from_a_snapshot() -> None:
    books = StreamedBooks("binance")
    books.opened(GENERATION)
    rows = [("BTCUSDT", "1.005", "1.005"), ("ETHUSDT", "9", "9"), ("NEWUSDT", "7", "7")]
    snapshot = BookTickers.of("binance", rows, 100.0)
    books.take(GENERATION, [StreamedRow("BTCUSDT", "100", "100", 1)], now=50.0)
    books.take_snapshot(replace(snapshot, held_back={"BTCUSDT": 100.0, "NEWUSDT": 7.0}), (), is_covered=False)
    built = books.built(101.0)
    assert built is not None
    assert {symbol: built.by_symbol[symbol].bid for symbol in built.by_symbol} == {"BTCUSDT": 100, "ETHUSDT": 9}
