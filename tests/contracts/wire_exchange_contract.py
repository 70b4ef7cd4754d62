"""How an adapter handles everything that an exchange, or the network, may do wrong."""

import asyncio
import gzip
import json
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar, TypeAlias

import aiohttp
import pytest

from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.instruments import Instruments
from tests.contracts.exchange_contract import (
    LISTED,
    QUOTED,
    BookRow,
    BooksContract,
    ExchangeContract,
    Row,
    Venue,
    fetches,
)
from tests.contracts.wire_failures import BAD_BODIES, FAILURES, RETRY_AFTER, Failure
from tests.contracts.wire_server import Fault, Reply, WireServer
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.meter import FakeMeter

Json: TypeAlias = Any

ATTEMPT_TIMEOUT_SECONDS = 0.8
JUNK_ROWS: list[Json] = [None, 5, "junk", [], {}, {"symbol": "ONLY"}, {"symbol": 7, "status": 7, "buy": 7, "sell": 7}]


class WireVenue(Venue):
    """An adapter and the server that it talks to.

    `tells_time` says whether the document of the books has the exchange's own time. If so, `books_document` writes
    `told_at` there: `source_time`, or the time of the moment.
    """

    listing_path: ClassVar[str]
    books_path: ClassVar[str]
    tells_time: ClassVar[bool]

    def __init__(self, server: WireServer) -> None:
        self.server = server
        self.clock = FakeClock()
        self.meter = FakeMeter()
        self.source_time: float | None = None
        self.listing_rows: list[Json] = []
        self.books_rows: list[Json] = []
        self.list_pairs(LISTED)
        self.quote(QUOTED)

    @abstractmethod
    def listing_row(self, row: Row, *, is_tradable: bool) -> Json: ...

    @abstractmethod
    def books_row(self, row: BookRow) -> Json: ...

    @abstractmethod
    def listing_document(self, rows: list[Json]) -> Json: ...

    @abstractmethod
    def books_document(self, rows: list[Json]) -> Json: ...

    def as_success(self, body: bytes) -> bytes:
        """Return a body that says "200000" as this exchange says success, if that is a code inside."""
        return body

    def list_pairs(self, tradable: list[Row], halted: list[Row] | None = None) -> None:
        self.listing_rows = [self.listing_row(row, is_tradable=False) for row in halted or []]
        self.listing_rows += [self.listing_row(row, is_tradable=True) for row in tradable]
        self.recover()

    def quote(self, rows: list[BookRow]) -> None:
        self.books_rows = [self.books_row(row) for row in rows]
        self.recover()

    def reply(self, reply: Reply) -> None:
        """Give this answer to both calls."""
        self.server.replies = {self.listing_path: reply, self.books_path: reply}

    def break_down(self) -> None:
        self.reply(Reply(status=500))

    def recover(self) -> None:
        self.server.replies = {
            self.listing_path: Reply(_json(self.listing_document(self.listing_rows))),
            self.books_path: Reply(_json(self.books_document(self.books_rows))),
        }

    def take(self, seconds: float) -> None:
        self.server.on_request = lambda: self.clock.advance(seconds)

    @property
    def told_at(self) -> float:
        return self.clock.now() if self.source_time is None else self.source_time

    @property
    def calls(self) -> int:
        return len(self.server.paths)

    async def failures(self) -> list[ExchangeUnavailable]:
        """Make all calls at once, which fail."""
        async with asyncio.TaskGroup() as calls:
            tasks = [calls.create_task(_failure(fetch)) for fetch in fetches(self)]
        failures = [task.result() for task in tasks]
        for failure in failures:
            assert failure is not None, "a call gave no error"
        return [failure for failure in failures if failure is not None]


class WireListingContract(ExchangeContract):
    """`venue` gives up after 0.8 s; `patient_venue` waits for long enough to unpack a large body."""

    @abstractmethod
    def wired(self, server: WireServer, session: aiohttp.ClientSession) -> WireVenue:
        """Return the adapter under test, talking to this server."""

    @pytest.fixture(scope="module")
    async def server(self) -> AsyncIterator[WireServer]:
        async with WireServer().running() as server:
            yield server

    @pytest.fixture
    async def venue(self, server: WireServer) -> AsyncIterator[WireVenue]:
        await server.begin_anew()
        async with _session(ATTEMPT_TIMEOUT_SECONDS) as session:
            yield self.wired(server, session)

    @pytest.fixture
    async def patient_venue(self, server: WireServer) -> AsyncIterator[WireVenue]:
        await server.begin_anew()
        async with _session(30) as session:
            yield self.wired(server, session)

    @pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
    async def test_every_failure_is_named_and_keeps_its_cause(self, venue: WireVenue, failure: Failure) -> None:
        await self._assert_both_fail(venue, failure)

    @pytest.mark.parametrize("failure", RETRY_AFTER, ids=lambda failure: failure.name)
    async def test_a_rate_limit_has_the_time_to_wait(self, venue: WireVenue, failure: Failure) -> None:
        await self._assert_both_fail(venue, failure)

    @pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
    async def test_a_nonsensical_body_is_a_failure(self, venue: WireVenue, body: bytes) -> None:
        failure = Failure(
            "bad body", Reply(venue.as_success(body)), FailureReason.BAD_BODY, is_transient=True, has_cause=True
        )
        await self._assert_both_fail(venue, failure)

    async def test_a_body_cut_short_in_the_json_is_a_failure(self, venue: WireVenue) -> None:
        venue.server.replies = {
            path: replace(reply, body=reply.body[:-20]) for path, reply in venue.server.replies.items()
        }
        assert {error.reason for error in await venue.failures()} == {FailureReason.BAD_BODY}

    @pytest.mark.parametrize("fault", [Fault.BROKEN_OFF, Fault.HANGING_MIDWAY], ids=lambda fault: str(fault.value))
    async def test_a_good_body_that_never_comes_to_its_end_is_a_failure(self, venue: WireVenue, fault: Fault) -> None:
        expected = {
            Fault.BROKEN_OFF: (FailureReason.BAD_BODY, True),
            Fault.HANGING_MIDWAY: (FailureReason.TIMEOUT, False),
        }
        venue.server.replies = {path: replace(reply, fault=fault) for path, reply in venue.server.replies.items()}
        assert {(error.reason, error.is_transient) for error in await venue.failures()} == {expected[fault]}

    async def test_a_closed_port_is_a_failure(self, venue: WireVenue) -> None:
        await venue.server.stop()
        for error in await venue.failures():
            assert (error.reason, error.is_transient) == (FailureReason.NETWORK, True)
            assert isinstance(error.__cause__, aiohttp.ClientConnectorError)

    @pytest.mark.parametrize("junk", JUNK_ROWS, ids=json.dumps)
    async def test_a_bad_row_is_left_out_and_spoils_nothing(self, venue: WireVenue, junk: object) -> None:
        venue.listing_rows.insert(1, junk)
        venue.books_rows.insert(1, junk)
        venue.recover()
        assert len(await venue.exchange.fetch_instruments()) == len(LISTED)
        if venue.shows_books:
            assert len((await venue.exchange.fetch_book_tickers()).by_symbol) == len(QUOTED)

    async def test_a_row_in_a_bad_encoding_is_left_out_and_spoils_nothing(self, venue: WireVenue) -> None:
        venue.server.replies = {
            path: replace(reply, body=reply.body.replace("币安人生".encode(), b"\xff\xfe"))
            for path, reply in venue.server.replies.items()
        }
        assert len(await venue.exchange.fetch_instruments()) == len(LISTED) - 1
        if venue.shows_books:
            assert len((await venue.exchange.fetch_book_tickers()).by_symbol) == len(QUOTED) - 1

    async def test_a_row_with_half_a_surrogate_pair_is_left_out_and_spoils_nothing(self, venue: WireVenue) -> None:
        venue.server.replies = {
            path: replace(reply, body=reply.body.replace("币安人生".encode(), rb"\ud800"))
            for path, reply in venue.server.replies.items()
        }
        assert len(await venue.exchange.fetch_instruments()) == len(LISTED) - 1
        if venue.shows_books:
            assert len((await venue.exchange.fetch_book_tickers()).by_symbol) >= len(QUOTED) - 1

    @pytest.mark.parametrize(
        "headers",
        [{"Age": "7200"}, {"Date": "Sun, 28 Apr 2024 09:43:16 GMT"}, {"Age": "7200", "Date": "nonsense"}],
        ids=str,
    )
    async def test_what_a_cache_kept_for_two_hours_is_two_hours_old(
        self, venue: WireVenue, headers: dict[str, str]
    ) -> None:
        for value in await self._fetched_with(venue, headers):
            assert (value.observed_at, value.fetched_at) == (NOON - 7200, NOON)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Age": "3"},
            {"Age": "-7200"},
            {"Age": "long"},
            {"Date": "Sun, 28 Apr 2024 11:43:12 GMT"},
            {"Date": "Mon, 29 Apr 2024 11:43:16 GMT"},
            {"Date": "yesterday"},
            {"Date": "Sun, 28 Apr 999999 11:43:12 GMT"},
        ],
        ids=lambda headers: str(headers)[:40],
    )
    async def test_an_answer_that_says_nothing_else_is_as_old_as_its_fetch(
        self, venue: WireVenue, headers: dict[str, str]
    ) -> None:
        for value in await self._fetched_with(venue, headers):
            assert (value.observed_at, value.lag_seconds) == (NOON, 0)

    async def test_an_age_of_many_digits_is_a_very_old_one(self, venue: WireVenue) -> None:
        for value in await self._fetched_with(venue, {"Age": "9" * 4000}):
            assert value.lag_seconds == 2**31

    async def test_a_list_of_bad_rows_only_is_a_failure(self, venue: WireVenue) -> None:
        venue.listing_rows = venue.books_rows = JUNK_ROWS
        venue.recover()
        assert {error.reason for error in await venue.failures()} == {FailureReason.BAD_BODY}

    @pytest.mark.parametrize("count", [200, 3000], ids=["in one piece", "in slices"])
    @pytest.mark.parametrize("junk", [5, {}, {"symbol": None}], ids=json.dumps)
    async def test_a_document_of_which_half_the_rows_are_bad_is_a_failure(
        self, venue: WireVenue, count: int, junk: object
    ) -> None:
        _fill(venue, count)
        venue.listing_rows[::2] = [junk] * (count // 2)
        venue.books_rows[::2] = [junk] * (count // 2)
        venue.recover()
        assert {error.reason for error in await venue.failures()} == {FailureReason.BAD_BODY}

    @pytest.mark.parametrize("count", [200, 3000], ids=["in one piece", "in slices"])
    async def test_documents_are_read_whole_each_row_under_its_own_symbol(self, venue: WireVenue, count: int) -> None:
        venue.list_pairs([(f"X{number}USDT", f"X{number}", "USDT") for number in range(count)])
        venue.quote([(f"X{number}USDT", f"{number + 1}.5", f"{number + 1}.5") for number in reversed(range(count))])
        listed = {(each.symbol, each.pair.base) for each in await venue.exchange.fetch_instruments()}
        assert listed == {(f"X{number}USDT", f"X{number}") for number in range(count)}
        books = (await venue.exchange.fetch_book_tickers()).by_symbol if venue.shows_books else {}
        assert not venue.shows_books or {symbol: str(book.bid) for symbol, book in books.items()} == {
            f"X{number}USDT": f"{number + 1}.5" for number in range(count)
        }

    @pytest.mark.parametrize("count", [200, 3000], ids=["in one piece", "in slices"])
    async def test_a_few_bad_rows_of_many_are_left_out(self, venue: WireVenue, count: int) -> None:
        _fill(venue, count)
        venue.listing_rows[7], venue.books_rows[7] = 5, {}
        venue.recover()
        assert len(await venue.exchange.fetch_instruments()) == count - 1
        if venue.shows_books:
            assert len((await venue.exchange.fetch_book_tickers()).by_symbol) == count - 1

    async def test_the_order_of_rows_and_new_fields_change_nothing(self, venue: WireVenue) -> None:
        news: Json = {"aNewField": {"symbol": "NOT/THIS", "nested": [{"buy": "1"}]}}
        venue.listing_rows = [news | row if isinstance(row, dict) else row for row in reversed(venue.listing_rows)]
        venue.books_rows = [news | row if isinstance(row, dict) else row for row in reversed(venue.books_rows)]
        venue.recover()
        assert {each.symbol for each in await venue.exchange.fetch_instruments()} == {row[0] for row in LISTED}
        if venue.shows_books:
            assert (await venue.exchange.fetch_book_tickers()).by_symbol.keys() == {row[0] for row in QUOTED}

    async def test_a_decompression_bomb_is_given_up(self, patient_venue: WireVenue) -> None:
        bomb = gzip.compress(b" " * (40 * 1024 * 1024), compresslevel=1)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        patient_venue.reply(Reply(bomb, headers=headers))
        with pytest.raises(ExchangeUnavailable, match="the body is over") as caught:
            await fetches(patient_venue)[-1]()
        assert caught.value.reason is FailureReason.BAD_BODY

    async def _fetched_with(self, venue: WireVenue, headers: dict[str, str]) -> list[Instruments | BookTickers]:
        headers = {"Content-Type": "application/json"} | headers
        venue.server.replies = {path: replace(reply, headers=headers) for path, reply in venue.server.replies.items()}
        return [await fetch() for fetch in fetches(venue)]

    async def _assert_both_fail(self, venue: WireVenue, failure: Failure) -> None:
        venue.reply(failure.reply)
        for error in await venue.failures():
            assert error.exchange == venue.exchange.name
            assert (error.reason, error.is_transient) == (failure.reason, failure.is_transient)
            assert error.retry_after_seconds == failure.retry_after_seconds
            assert (error.__cause__ is not None) is failure.has_cause
            assert len(str(error)) < 300
        assert venue.calls == len(fetches(venue))


class WireExchangeContract(WireListingContract, BooksContract):
    """Of exchanges of which one answer has the books of all pairs."""

    @pytest.mark.parametrize("seconds", [30, 600, 24 * 3600])
    async def test_prices_are_as_old_as_their_document_says(self, venue: WireVenue, seconds: int) -> None:
        book_tickers = await self._books_told(venue, NOON - seconds)
        told = NOON - seconds if venue.tells_time else NOON
        assert (book_tickers.observed_at, book_tickers.fetched_at) == (told, NOON)

    @pytest.mark.parametrize("seconds", [-3, 3])
    async def test_prices_of_a_moment_ago_are_as_old_as_their_fetch(self, venue: WireVenue, seconds: int) -> None:
        assert (await self._books_told(venue, NOON + seconds)).observed_at == NOON

    async def test_prices_from_the_future_are_no_fresher_than_their_fetch(self, venue: WireVenue) -> None:
        with suppress(ExchangeUnavailable):  # one of the two clocks is wrong
            assert (await self._books_told(venue, NOON + 3600)).observed_at == NOON

    async def _books_told(self, venue: WireVenue, moment: float) -> BookTickers:
        venue.source_time = moment
        venue.recover()
        return await venue.exchange.fetch_book_tickers()


async def _failure(fetch: Callable[[], Awaitable[object]]) -> ExchangeUnavailable | None:
    try:
        await fetch()
    except ExchangeUnavailable as error:
        return error
    return None


def _fill(venue: WireVenue, count: int) -> None:
    venue.list_pairs([(f"X{number}USDT", f"X{number}", "USDT") for number in range(count)])
    venue.quote([(f"X{number}USDT", "1.0", "1.1") for number in range(count)])


def _session(timeout_seconds: float) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout_seconds))


def _json(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
