"""OKX's streams of tickers, which contain the best bids and asks."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.okx import NAME
from adapters.okx.feed_messages import read, request
from adapters.websocket.public_feed import PublicFeed
from adapters.websocket.subscribed_connection import Message, SubscribedConnection
from application.market_data.ports.feed import FeedConnection

PATH = "/ws/v5/public"

# OKX takes 480 requests an hour on a connection; pings do not count. A message may have 64 KB.
SYMBOLS_PER_CONNECTION = 1000
SYMBOLS_PER_MESSAGE = 100

SPACING_SECONDS = 0.1

# It closes a connection on which nothing passes for 30 seconds, and answers pings.
SILENCE_SECONDS = 30.0

# It sends changes of the best prices together, each 100 ms.
DELAY_SECONDS = 0.1


class OkxFeed(PublicFeed):
    """Connects to `<url>/ws/v5/public`, without a key."""

    name = NAME
    path = PATH
    spacing_seconds = SPACING_SECONDS
    symbols_per_connection = SYMBOLS_PER_CONNECTION

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[FeedConnection]:
        """Connect without tickers; they are subscribed to later."""
        async with self._opened() as socket:
            yield _Connection(socket)


class _Connection(SubscribedConnection):
    exchange = NAME
    silence_seconds = SILENCE_SECONDS
    delay_seconds = DELAY_SECONDS
    dates_per_second = 1000
    symbols_per_message = SYMBOLS_PER_MESSAGE
    confirms_each_symbol = True

    def request(self, kind: str, symbols: Sequence[str], number: int) -> bytes:
        return request(kind, symbols, number)

    def ping_text(self, number: int) -> bytes:  # noqa: ARG002 -- OKX's pings have no number
        return b"ping"

    def read(self, text: bytes) -> Message | None:
        return read(text)
