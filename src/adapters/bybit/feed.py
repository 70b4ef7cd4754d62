"""Bybit's streams of order books of one level."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.bybit import NAME
from adapters.bybit.feed_messages import TOPIC, ping, read, request
from adapters.websocket.public_feed import PublicFeed
from adapters.websocket.subscribed_connection import Message, SubscribedConnection
from application.market_data.ports.feed import FeedConnection

PATH = "/v5/public/spot"

# The topics of a connection may have 21,000 characters, and a message ten topics: with more symbols, a connection
# would take long to subscribe.
SYMBOLS_PER_CONNECTION = 400
SYMBOLS_PER_MESSAGE = 10

SPACING_SECONDS = 0.1

# It expects a ping each 20 seconds.
SILENCE_SECONDS = 40.0

# It sends changes together, each 10 ms.
DELAY_SECONDS = 0.01


class BybitFeed(PublicFeed):
    """Connects to `<url>/v5/public/spot`, without a key."""

    name = NAME
    path = PATH
    spacing_seconds = SPACING_SECONDS
    symbols_per_connection = SYMBOLS_PER_CONNECTION

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[FeedConnection]:
        """Connect without topics; they are subscribed to later."""
        async with self._opened() as socket:
            yield _Connection(socket)


class _Connection(SubscribedConnection):
    exchange = NAME
    silence_seconds = SILENCE_SECONDS
    delay_seconds = DELAY_SECONDS
    dates_per_second = 1000
    symbols_per_message = SYMBOLS_PER_MESSAGE

    def request(self, kind: str, symbols: Sequence[str], number: int) -> bytes:
        return request(kind, symbols, number)

    def name_of(self, symbol: str) -> str:
        return TOPIC + symbol

    def ping_text(self, number: int) -> bytes:
        return ping(number)

    def read(self, text: bytes) -> Message | None:
        return read(text)
