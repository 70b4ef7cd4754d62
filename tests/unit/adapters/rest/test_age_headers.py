"""How old an answer is by its own headers."""

import pytest

from adapters.rest.age_headers import MAX_AGE_SECONDS, as_old_as_headers_tell
from adapters.rest.client import Answer
from domain.rates.book_tickers import BookTickers

NOW = 5_000_000_000.0


def age_by(header: str) -> float:
    books = BookTickers.of("binance", [("BTCUSDT", "1", "2")], NOW)
    answer = Answer(200, {"Age": header}, b"")
    return NOW - as_old_as_headers_tell(books, answer).observed_at


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        (" 30 ", 30),
        ("30, 9", 30),  # the first of several counts
        ("9999999999999", MAX_AGE_SECONDS),
        ("9" * 5000, MAX_AGE_SECONDS),
        (str(MAX_AGE_SECONDS), MAX_AGE_SECONDS),
        ("0", 0),
        ("-30", 0),
        ("30.5", 0),
        ("+30", 0),
        ("", 0),
        ("soon", 0),
    ],
)
def test_an_age_counts_as_http_defines_it(header: str, seconds: int) -> None:
    assert age_by(header) == seconds
