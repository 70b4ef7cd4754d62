"""Kraken's streams of tickers, sent whenever a best price changes."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from adapters.kraken import NAME
from adapters.kraken.failures import failure_of
from adapters.kraken.feed_messages import DATES_PER_SECOND, StreamNames, Tickers, ping, request, stream_names_of
from adapters.kraken.messages import errors_in
from adapters.websocket.public_feed import PublicFeed
from adapters.websocket.socket import FeedSocket
from adapters.websocket.subscribed_connection import Message, SubscribedConnection
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.feed import FeedConnection
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable, FailureReason

PATH = "/v2"

# Several times what Kraken lists: it has no bound on tickers, and a confirmation for each.
SYMBOLS_PER_CONNECTION = 5000
SYMBOLS_PER_MESSAGE = 200

SPACING_SECONDS = 0.1

# A heartbeat comes each second. It closes a connection on which nothing passes for a minute.
SILENCE_SECONDS = 20.0


class KrakenFeed(PublicFeed):
    """Connects to `<url>/v2`, without a key. Streams use other names than the REST API, which a listing tells."""

    name = NAME
    path = PATH
    spacing_seconds = SPACING_SECONDS
    symbols_per_connection = SYMBOLS_PER_CONNECTION

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[FeedConnection]:
        """Connect without tickers; they are subscribed to later."""
        names = await self._names()
        async with self._opened() as socket:
            yield _Connection(socket, names, self._parts.clock)

    async def _names(self) -> StreamNames:
        answer = await self._rest.get("/0/public/AssetPairs")
        with self._rest.reading(answer):
            if errors := errors_in(answer.body):
                raise failure_of(errors, self._rest, answer)
            return await run_cooperatively(stream_names_of(answer.body))


class _Connection(SubscribedConnection):
    exchange = NAME
    silence_seconds = SILENCE_SECONDS
    delay_seconds = 0.0
    dates_per_second = DATES_PER_SECOND
    symbols_per_message = SYMBOLS_PER_MESSAGE
    confirms_each_symbol = True

    def __init__(self, socket: FeedSocket, names: StreamNames, clock: Clock) -> None:
        super().__init__(socket)
        self._names = names
        self._tickers = Tickers(names, clock)
        self._is_subscribed = False

    async def subscribe(self, symbols: Sequence[str]) -> Collection[str]:
        """Subscribe to these symbols, but for those of which the listing from before the connection knows no name."""
        unknown = [symbol for symbol in symbols if symbol not in self._names.by_symbol]
        if unknown and self._is_subscribed:  # listed after this connection was opened; the next one knows it
            raise ExchangeUnavailable(NAME, FailureReason.NETWORK, f"its stream has no name for {unknown[0][:20]}")
        self._is_subscribed = True
        known = [symbol for symbol in symbols if symbol in self._names.by_symbol]
        return [*self.left_out(unknown), *await super().subscribe(known)]

    def request(self, kind: str, symbols: Sequence[str], number: int) -> bytes:
        return request(kind, [self.name_of(symbol) for symbol in symbols], number)

    def name_of(self, symbol: str) -> str:
        return self._names.by_symbol[symbol]

    def ping_text(self, number: int) -> bytes:
        return ping(number)

    def read(self, text: bytes) -> Message | None:
        return self._tickers.read(text)
