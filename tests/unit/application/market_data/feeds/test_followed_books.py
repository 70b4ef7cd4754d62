"""Updates of the process that streams, folded by another."""

from collections.abc import Mapping, Sequence

from application.market_data.feeds.followed_books import FollowedBooks
from application.market_data.ports.streamed_updates import StreamedUpdate
from domain.rates.book_tickers import BookTickers, Row
from tests.unit.application.market_data.feeds.exhausted import exhausted
from tests.unit.fakes.clock import NOON

ALL = [("BTCUSDT", "10", "11"), ("ETHUSDT", "2", "3")]
MOVED = [("BTCUSDT", "12", "13")]


def update(
    number: int,
    rows: Sequence[Row],
    *,
    is_whole: bool = False,
    publisher: str = "one",
    older: Mapping[str, float] | None = None,
    at: float | None = None,
) -> StreamedUpdate:
    return StreamedUpdate(
        "binance", publisher, number, NOON + number if at is None else at, rows, older or {}, is_whole
    )


def taken(followed: FollowedBooks, given: StreamedUpdate) -> BookTickers | None:
    return exhausted(followed.take(given, NOON + 100))


def bid(books: BookTickers | None) -> str | None:
    return None if books is None else str(books.by_symbol["BTCUSDT"].bid)


def test_changes_are_laid_over_all_books_with_the_time_of_their_proof() -> None:
    followed = FollowedBooks("binance")
    assert bid(taken(followed, update(1, ALL, is_whole=True))) == "10"
    books = taken(followed, update(2, MOVED, older={"ETHUSDT": NOON}))
    assert books is not None
    assert (bid(books), books.observed_at, books.older) == ("12", NOON + 2, {"ETHUSDT": NOON})
    proof = taken(followed, update(3, []))
    assert proof is not None
    assert (proof.by_symbol, proof.observed_at) == (books.by_symbol, NOON + 3)


def test_nothing_is_used_before_all_books_have_come() -> None:
    followed = FollowedBooks("binance")
    assert taken(followed, update(2, MOVED)) is None
    assert followed.missed == 1


def test_after_a_gap_nothing_is_used_until_all_books_come_again() -> None:
    followed = FollowedBooks("binance")
    taken(followed, update(1, ALL, is_whole=True))
    assert taken(followed, update(3, MOVED)) is None
    assert taken(followed, update(4, MOVED)) is None
    assert bid(taken(followed, update(4, [*MOVED, ALL[1]], is_whole=True))) == "12"
    assert bid(taken(followed, update(5, ALL[:1]))) == "10"


def test_all_books_are_not_read_again_by_those_who_have_them() -> None:
    followed = FollowedBooks("binance")
    taken(followed, update(1, ALL, is_whole=True))
    taken(followed, update(2, MOVED))
    assert taken(followed, update(2, [*MOVED, ALL[1]], is_whole=True)) is None
    assert taken(followed, update(3, [])) is not None


def test_a_new_leader_begins_with_all_books() -> None:
    followed = FollowedBooks("binance")
    taken(followed, update(7, ALL, is_whole=True))
    assert taken(followed, update(8, MOVED, publisher="other")) is None
    assert bid(taken(followed, update(8, ALL, is_whole=True, publisher="other"))) == "10"


def test_what_is_older_than_the_books_in_use_or_from_the_future_is_not_used() -> None:
    """A message that somebody repeats is as old as it was, and the clock of another machine may be wrong."""
    followed = FollowedBooks("binance")
    taken(followed, update(5, ALL, is_whole=True))
    assert taken(followed, update(4, MOVED, is_whole=True)) is None
    assert taken(followed, update(6, MOVED, at=NOON + 102)) is None
