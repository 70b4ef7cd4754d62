"""Coinbase's streams of tickers, which come when trades happen."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.coinbase import NAME
from adapters.coinbase.feed_messages import read, request
from adapters.websocket.public_feed import PublicFeed
from adapters.websocket.subscribed_connection import Message, SubscribedConnection
from application.market_data.ports.feed import FeedConnection

# Its answer to each subscription names all products of the connection, in some 12 bytes each.
SYMBOLS_PER_CONNECTION = 1000
SYMBOLS_PER_MESSAGE = 100

# It takes ten messages a second.
SPACING_SECONDS = 0.2

SILENCE_SECONDS = 20.0


class CoinbaseFeed(PublicFeed):
    """Connects to `<url>/`, without a key. Each ticker proves its price as of its trade, and no later."""

    name = NAME
    path = "/"
    spacing_seconds = SPACING_SECONDS
    symbols_per_connection = SYMBOLS_PER_CONNECTION
    dates_rows = True

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[FeedConnection]:
        """Connect without tickers; it ends a connection that subscribes to none within 5 seconds."""
        async with self._opened() as socket:
            yield _Connection(socket)


class _Connection(SubscribedConnection):
    exchange = NAME
    silence_seconds = SILENCE_SECONDS
    delay_seconds = 0.0
    symbols_per_message = SYMBOLS_PER_MESSAGE

    def request(self, kind: str, symbols: Sequence[str], number: int) -> bytes:  # noqa: ARG002 -- it has no numbers
        return request(kind, symbols)

    def read(self, text: bytes) -> Message | None:
        return read(text)
