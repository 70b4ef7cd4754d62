"""What the application relies on in any exchange. Every adapter and the fake pass the same suite."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import pytest

from application.market_data.ports.exchange import Exchange
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.fakes.clock import NOON, FakeClock

Row = tuple[str, str, str]
BookRow = tuple[str, str | None, str | None]

LISTED = [("TUSDT", "T", "USDT"), ("BTC-USDT", "BTC", "USDT"), ("币安人生USDT", "币安人生", "USDT")]
QUOTED: list[BookRow] = [
    ("TUSDT", "0.02000", "0.02100"),
    ("BTC-USDT", "15898.01000000", "15898.92000000"),
    ("币安人生USDT", "0.00000000000000000000000053", "0.00000000000000000000000054"),
]
NOT_BOOKS: list[BookRow] = [
    ("ZERO-BID", "0.00000000", "1"),
    ("ZERO-ASK", "1", "0"),
    ("ZEROS", "0", "0"),
    ("NULL-BID", None, "1"),
    ("NULL-ASK", "1", None),
    ("NULLS", None, None),
    ("CROSSED", "2", "1"),
    ("NEGATIVE", "-2", "-1"),
    ("NAN", "NaN", "NaN"),
    ("INFINITE", "1", "Infinity"),
    ("HUGE", "1", "1E+1000000"),
    ("LONG", "1", "1" * 5000),
    ("EMPTY", "", ""),
]


class Venue(ABC):
    """An exchange under test and its surroundings, which tests set up."""

    shows_books: ClassVar[bool] = True  # whether one answer has the books of all pairs
    exchange: Exchange
    clock: FakeClock

    @abstractmethod
    def list_pairs(self, tradable: list[Row], halted: list[Row] | None = None) -> None: ...

    @abstractmethod
    def quote(self, rows: list[BookRow]) -> None: ...

    @abstractmethod
    def break_down(self) -> None:
        """From now on, no call is answered."""

    @abstractmethod
    def recover(self) -> None: ...

    @abstractmethod
    def take(self, seconds: float) -> None:
        """Let this much time pass between the next request and its answer."""

    @property
    @abstractmethod
    def calls(self) -> int: ...


def fetches(venue: Venue) -> list[Callable[[], Awaitable[Any]]]:
    listing, books = venue.exchange.fetch_instruments, venue.exchange.fetch_book_tickers
    return [listing, books] if venue.shows_books else [listing]


class ExchangeContract(ABC):
    """`venue` comes with LISTED and QUOTED."""

    @pytest.fixture
    @abstractmethod
    def venue(self) -> Venue: ...

    def test_its_name_is_in_lower_case(self, venue: Venue) -> None:
        assert venue.exchange.name
        assert venue.exchange.name == venue.exchange.name.lower()
        assert venue.exchange.name.isascii()

    async def test_a_listing_holds_the_pairs_under_the_exchange_s_own_symbols(self, venue: Venue) -> None:
        instruments = await venue.exchange.fetch_instruments()
        assert {(each.symbol, each.pair.base, each.pair.quote) for each in instruments} == set(LISTED)
        assert instruments.exchange == venue.exchange.name

    async def test_a_listing_holds_no_pair_that_cannot_be_traded(self, venue: Venue) -> None:
        venue.list_pairs(LISTED[:1], halted=LISTED[1:])
        instruments = await venue.exchange.fetch_instruments()
        assert [each.symbol for each in instruments] == ["TUSDT"]

    async def test_pairs_with_invalid_tickers_are_left_out(self, venue: Venue) -> None:
        venue.list_pairs([("ＢＴＣUSDT", "ＢＴＣ", "USDT"), ("BTC-BTC", "BTC", "BTC"), ("-", "", ""), *LISTED])
        assert len(await venue.exchange.fetch_instruments()) == len(LISTED)

    async def test_what_the_exchange_no_longer_shows_is_gone(self, venue: Venue) -> None:
        for fetch in fetches(venue):
            await fetch()
        venue.list_pairs(LISTED[1:])
        venue.quote(QUOTED[1:])
        assert {each.symbol for each in await venue.exchange.fetch_instruments()} == {row[0] for row in LISTED[1:]}
        if venue.shows_books:
            assert (await venue.exchange.fetch_book_tickers()).by_symbol.keys() == {row[0] for row in QUOTED[1:]}

    async def test_both_are_marked_with_the_moment_before_the_request_was_sent(self, venue: Venue) -> None:
        venue.take(5)
        assert (await venue.exchange.fetch_instruments()).observed_at == NOON
        venue.clock.time = NOON + 100
        venue.recover()
        venue.take(5)
        assert (await fetches(venue)[-1]()).observed_at == NOON + 100
        assert venue.clock.time == NOON + 105

    async def test_every_call_sends_a_request(self, venue: Venue) -> None:
        for fetch in fetches(venue):
            await fetch()
            await fetch()
        assert venue.calls == 2 * len(fetches(venue))

    async def test_an_unavailable_exchange_raises_and_is_tried_once_per_call(self, venue: Venue) -> None:
        venue.break_down()
        for fetch in fetches(venue):
            with pytest.raises(ExchangeUnavailable) as caught:
                await fetch()
            assert caught.value.exchange == venue.exchange.name
            assert isinstance(caught.value.reason, FailureReason)
        assert venue.calls == len(fetches(venue))

    async def test_after_a_failure_it_can_be_asked_again(self, venue: Venue) -> None:
        venue.break_down()
        for fetch in fetches(venue):
            with pytest.raises(ExchangeUnavailable):
                await fetch()
        venue.recover()
        assert len(await venue.exchange.fetch_instruments()) == len(LISTED)
        if venue.shows_books:
            assert len((await venue.exchange.fetch_book_tickers()).by_symbol) == len(QUOTED)

    async def test_a_listing_with_nothing_that_trades_is_a_failure_and_not_an_empty_market(self, venue: Venue) -> None:
        venue.list_pairs([], halted=LISTED)
        with pytest.raises(ExchangeUnavailable) as caught:
            await venue.exchange.fetch_instruments()
        assert (caught.value.reason, caught.value.is_transient) == (FailureReason.BAD_BODY, True)
        assert caught.value.__cause__ is not None


class BooksContract:
    """What it relies on where one answer has the books of all pairs. `venue` comes with LISTED and QUOTED."""

    async def test_books_hold_every_digit_of_their_prices(self, venue: Venue) -> None:
        book_tickers = await venue.exchange.fetch_book_tickers()
        assert {(symbol, f"{book.bid:f}", f"{book.ask:f}") for symbol, book in book_tickers.by_symbol.items()} == set(
            QUOTED
        )
        assert book_tickers.exchange == venue.exchange.name

    async def test_every_book_is_found_under_the_symbol_of_its_instrument(self, venue: Venue) -> None:
        instruments = await venue.exchange.fetch_instruments()
        books = (await venue.exchange.fetch_book_tickers()).by_symbol
        assert {each.symbol for each in instruments if each.symbol in books} == {symbol for symbol, _, _ in LISTED}

    @pytest.mark.parametrize("row", NOT_BOOKS, ids=[row[0] for row in NOT_BOOKS])
    async def test_an_insane_book_is_left_out_and_spoils_nothing(self, venue: Venue, row: BookRow) -> None:
        venue.quote([row, *QUOTED])
        assert (await venue.exchange.fetch_book_tickers()).by_symbol.keys() == {symbol for symbol, _, _ in QUOTED}

    @pytest.mark.parametrize("rows", [[], NOT_BOOKS], ids=["no book", "no sane book"])
    async def test_books_without_one_sane_book_are_a_failure(self, venue: Venue, rows: list[BookRow]) -> None:
        venue.quote(rows)
        with pytest.raises(ExchangeUnavailable) as caught:
            await venue.exchange.fetch_book_tickers()
        assert (caught.value.reason, caught.value.is_transient) == (FailureReason.BAD_BODY, True)
        assert caught.value.__cause__ is not None
