"""A feed whose connections a test holds: it streams, confirms, goes silent or ends as the test says."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from application.market_data.ports.feed import Feed, FeedConnection, Received, StreamedRow
from domain.rates.errors import ExchangeUnavailable, FailureReason

BUSY = "BUSYUSDT"


class FakeFeed(Feed):
    """`connections` are all that were opened. `failure` is raised instead of the next ones.

    While it `is_busy`, a row of `BUSY` follows each answer to a ping, as prices do at an exchange with many pairs.
    """

    def __init__(self, name: str = "binance", symbols_per_connection: int = 1024) -> None:
        self.name = name
        self.symbols_per_connection = symbols_per_connection
        self.failure: ExchangeUnavailable | None = None
        self.refusal: ExchangeUnavailable | None = None
        self.unknown: set[str] = set()  # symbols that the exchange does not know
        self.resubscription_failure: ExchangeUnavailable | None = None  # after the subscriptions were ended
        self.resubscribes_all = False
        self.answers_pings = True
        self.is_busy = True
        self.silence_seconds = 40.0
        self.delay_seconds = 0.0
        self.dates_per_second = 0
        self.dates_rows = False
        self.beats = 0
        self.connections: list[FakeFeedConnection] = []

    @property
    def open(self) -> list["FakeFeedConnection"]:
        return [each for each in self.connections if each.is_open]

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[FeedConnection]:
        if self.failure is not None:
            raise self.failure
        connection = FakeFeedConnection(self)
        self.connections.append(connection)
        try:
            yield connection
        finally:
            connection.is_open = False

    def push(self, symbol: str, bid: str, ask: str, sequence: int) -> None:
        """Stream a row on every connection that is subscribed to it."""
        for each in self.open:
            if symbol in each.symbols:
                each.push(symbol, bid, ask, sequence)


class FakeFeedConnection(FeedConnection):
    """`symbols` are those subscribed to."""

    def __init__(self, feed: FakeFeed) -> None:
        self.silence_seconds = feed.silence_seconds
        self.delay_seconds = feed.delay_seconds
        self.dates_per_second = feed.dates_per_second
        self.is_ending = False
        self.is_open = True
        self.resubscribes_all = feed.resubscribes_all
        self.symbols: set[str] = set()
        self.resubscribed: list[str] = []
        self.pings = 0
        self._feed = feed
        self._frames: asyncio.Queue[Received | ExchangeUnavailable] = asyncio.Queue()

    def push(self, symbol: str, bid: str, ask: str, sequence: int, told_at: float | None = None) -> None:
        self._frames.put_nowait(Received((StreamedRow(symbol, bid, ask, sequence, told_at),)))

    def push_unreadable(self) -> None:
        self._frames.put_nowait(Received(is_readable=False))

    def break_off(self) -> None:
        failure = ExchangeUnavailable(self._feed.name, FailureReason.NETWORK, "its stream was closed with code 1006")
        self._frames.put_nowait(failure)

    async def subscribe(self, symbols: Sequence[str]) -> Collection[str]:
        if self._feed.refusal is not None:
            raise self._feed.refusal
        self.symbols |= set(symbols) - self._feed.unknown
        return set(symbols) & self._feed.unknown

    async def resubscribe(self, symbols: Sequence[str]) -> Collection[str]:
        self.resubscribed += symbols
        if self._feed.resubscription_failure is not None:
            self.symbols -= self.symbols if self.resubscribes_all else set(symbols)
            raise self._feed.resubscription_failure
        return ()

    async def ping(self, number: int) -> None:
        self.pings += 1
        if self._feed.answers_pings:
            self._frames.put_nowait(Received(answered=number))
            if self._feed.is_busy and self.symbols:
                self._feed.beats += 1
                self.push(BUSY, "1", "2", self._feed.beats)

    async def receive(self) -> Received:
        frame = await self._frames.get()
        if isinstance(frame, ExchangeUnavailable):
            raise frame
        return frame
