"""What every feed keeps, over a real socket or not."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from application.market_data.feeds.dated_books import DatedBooks
from application.market_data.feeds.streamed_books import StreamedBooks
from application.market_data.ports.feed import Feed, FeedConnection, Received, StreamedRow
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.feeds.stream_server import StreamServer
from tests.unit.application.market_data.feeds.exhausted import exhausted
from tests.unit.fakes.clock import NOON

PATIENCE_SECONDS = 10.0
BTC, ETH = "BTCUSDT", "ETHUSDT"


class Reader:
    """Reads a connection in the background, as a feed requires while it subscribes."""

    def __init__(self, connection: FeedConnection) -> None:
        self.rows: list[StreamedRow] = []
        self.frames: list[Received] = []
        self.task = asyncio.create_task(self._read(connection))

    async def until(self, frames: int | None = None, rows: int = 0) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.rows) < rows or len(self.frames) < (frames or 0):
                await asyncio.sleep(0.01)
                if self.task.done():
                    self.task.result()

    async def failure(self) -> ExchangeUnavailable:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait([self.task])
        error = self.task.exception()
        assert isinstance(error, ExchangeUnavailable)
        return error

    async def _read(self, connection: FeedConnection) -> None:
        while True:
            received = await connection.receive()
            self.frames.append(received)
            self.rows += received.rows


@asynccontextmanager
async def reading(feed: Feed, *symbols: str) -> AsyncIterator[tuple[FeedConnection, Reader]]:
    async with asyncio.timeout(2 * PATIENCE_SECONDS), feed.connected() as connection:
        reader = Reader(connection)
        try:
            if symbols:
                await connection.subscribe(symbols)
            yield connection, reader
        finally:
            reader.task.cancel()
            await asyncio.wait([reader.task])


def _bids(books: StreamedBooks) -> dict[str, str]:
    built = exhausted(books.built(0.0))
    assert built is not None
    return {symbol: str(built.by_symbol[symbol].bid) for symbol in built.by_symbol}


class FeedContract(ABC):
    """`server` streams in the words of the exchange whose `feed` is tested."""

    @pytest.fixture
    @abstractmethod
    def feed(self, server: StreamServer) -> Feed: ...

    async def test_rows_come_as_they_were_sent_each_with_its_sequence(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC, ETH) as (_, reader):
            await server.push(BTC, "97417.10000000", "97417.11", 7)
            await server.push(ETH, "0.00000001", "3E-8", 2**53 + 1)
            await reader.until(rows=2)
        assert [row[:4] for row in reader.rows] == [
            (BTC, "97417.10000000", "97417.11", 7),
            (ETH, "0.00000001", "3E-8", 2**53 + 1),
        ]
        assert all((row.told_at is not None) is feed.dates_rows for row in reader.rows)

    async def test_what_is_older_or_repeated_changes_nothing_and_proves_nothing(
        self, feed: Feed, server: StreamServer
    ) -> None:
        books = DatedBooks(feed.name) if feed.dates_rows else StreamedBooks(feed.name)
        books.opened(1)
        async with reading(feed, BTC, ETH) as (_, reader):
            await server.push(BTC, "100", "101", 1_000_000)
            await server.push(ETH, "10", "11", 9_000_000)
            await server.push(BTC, "200", "201", 2_000_000)
            for _ in range(2):
                await server.push(BTC, "100", "101", 1_000_000)
                await server.push(BTC, "200", "201", 2_000_000)
            await server.push(BTC, "300", "301", 3_000_000)
            await reader.until(rows=8)
        assert [books.take(1, [row], NOON) for row in reader.rows[:7]] == [True] * 3 + [False] * 4
        assert _bids(books) == {BTC: "200", ETH: "10"}
        assert books.take(1, reader.rows[7:], NOON)
        assert _bids(books) == {BTC: "300", ETH: "10"}

    async def test_a_symbol_may_have_any_name(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, "币安人生USDT") as (_, reader):
            await server.push("币安人生USDT", "1", "2", 1)
            await reader.until(rows=1)
        assert reader.rows[0].symbol == "币安人生USDT"

    async def test_a_ping_is_answered_after_what_was_sent_before(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (connection, reader):
            await server.push(BTC, "1", "2", 1)
            await connection.ping(41)
            await connection.ping(42)
            await reader.until(frames=4)
        kinds = [frame.answered for frame in reader.frames if frame.rows or frame.answered is not None]
        assert kinds == [None, 41, 42]

    async def test_a_ping_of_the_exchange_is_answered_and_shows_life(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            before = len(reader.frames)
            await server.sockets[0].socket.ping(b"1732628000")
            await reader.until(frames=before + 1)
            await server.until_ponged(b"1732628000")
            assert reader.frames[-1] == Received()

    @pytest.mark.parametrize("text", ["{}", "[]", "", "x", '{"data":{"u":1}}', '{"e":', "[" * 5000])
    async def test_what_makes_no_sense_is_told_and_ends_nothing(
        self, feed: Feed, server: StreamServer, text: str
    ) -> None:
        async with reading(feed, BTC) as (_, reader):
            await server.push_text(text)
            await server.push(BTC, "1", "2", 1)
            await reader.until(rows=1)
        assert [frame.is_readable for frame in reader.frames].count(False) == 1

    async def test_a_message_that_is_far_too_long_ends_the_connection(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            await server.push_text("[" + "1," * 200_000 + "1]")
            assert (await reader.failure()).reason is FailureReason.NETWORK

    @pytest.mark.parametrize("code", [1000, 1006, 1011, 1012])
    async def test_a_connection_that_is_closed_is_a_failure(self, feed: Feed, server: StreamServer, code: int) -> None:
        async with reading(feed, BTC) as (_, reader):
            if code == 1006:
                server.abort_all()
            else:
                await server.close_all(code)
            failure = await reader.failure()
        assert (failure.exchange, failure.reason) == (feed.name, FailureReason.NETWORK)
        assert str(code) in failure.detail

    async def test_who_talks_too_much_pauses(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            await server.close_all(1008)
            failure = await reader.failure()
        assert failure.retry_after_seconds == 60

    async def test_a_refused_subscription_is_a_failure(self, feed: Feed, server: StreamServer) -> None:
        server.refuses = True
        async with reading(feed) as (connection, _):
            with pytest.raises(ExchangeUnavailable) as caught:
                await connection.subscribe([BTC])
        assert caught.value.reason is FailureReason.REFUSED

    async def test_a_subscription_that_nobody_confirms_is_a_failure(
        self, feed: Feed, server: StreamServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adapters.websocket.confirmations.CONFIRMED_WITHIN_SECONDS", 0.1)
        server.confirms = False
        async with reading(feed) as (connection, _):
            with pytest.raises(ExchangeUnavailable) as caught:
                await connection.subscribe([BTC])
        assert caught.value.reason is FailureReason.TIMEOUT

    async def test_a_subscription_can_be_made_anew(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC, ETH) as (connection, reader):
            await connection.resubscribe([BTC])
            await server.push(BTC, "1", "2", 1)
            await reader.until(rows=1)

    @pytest.mark.parametrize(
        ("status", "headers", "reason", "seconds"),
        [
            (429, {"Retry-After": "7"}, FailureReason.RATE_LIMITED, 7),
            (418, {"Retry-After": "120"}, FailureReason.RATE_LIMITED, 120),
            (403, {}, FailureReason.BLOCKED, None),
            (451, {}, FailureReason.BLOCKED, 300),
            (404, {}, FailureReason.REFUSED, None),
            (200, {}, FailureReason.REFUSED, None),
            (503, {}, FailureReason.SERVER_ERROR, None),
        ],
    )
    async def test_an_answer_that_is_no_stream_says_why(
        self,
        feed: Feed,
        server: StreamServer,
        status: int,
        headers: dict[str, str],
        reason: FailureReason,
        seconds: float | None,
    ) -> None:
        server.handshake = status, headers
        with pytest.raises(ExchangeUnavailable) as caught:
            async with feed.connected():
                pass
        assert (caught.value.reason, caught.value.retry_after_seconds) == (reason, seconds)

    async def test_where_nobody_listens_is_a_network_failure(self, feed: Feed, server: StreamServer) -> None:
        await server.stop()
        with pytest.raises(ExchangeUnavailable) as caught:
            async with feed.connected():
                pass
        assert caught.value.reason is FailureReason.NETWORK
