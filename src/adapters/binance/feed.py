"""Binance's streams of best bids and asks, as combined streams: a symbol's name is in its data."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial

from adapters.binance import NAME
from adapters.binance.feed_messages import Reply, read, request
from adapters.websocket.confirmations import Confirmations
from adapters.websocket.public_feed import PublicFeed
from adapters.websocket.socket import ALIVE, UNREADABLE, FeedSocket
from application.market_data.ports.feed import FeedConnection, Received, StreamedRow

STREAMS_PER_CONNECTION = 1024

# Binance takes 5 messages a second, pings and answers to its pings included, and then disconnects.
SPACING_SECONDS = 0.3

SYMBOLS_PER_MESSAGE = 200

# It pings every 20 seconds.
SILENCE_SECONDS = 40.0


class BinanceFeed(PublicFeed):
    """Connects to `<url>/stream`, without a key."""

    name = NAME
    path = "/stream"
    spacing_seconds = SPACING_SECONDS
    symbols_per_connection = STREAMS_PER_CONNECTION

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[FeedConnection]:
        """Connect without streams; they are subscribed to later."""
        async with self._opened() as socket:
            yield _Connection(socket)


class _Connection(FeedConnection):
    silence_seconds = SILENCE_SECONDS
    delay_seconds = 0.0
    resubscribes_all = False

    def __init__(self, socket: FeedSocket) -> None:
        self.is_ending = False
        self._socket = socket
        self._confirmations = Confirmations(NAME)

    async def subscribe(self, symbols: Sequence[str]) -> Collection[str]:
        """Subscribe to the streams of these symbols, some hundred in a message. It confirms unknown ones as well."""
        await self._request("SUBSCRIBE", symbols)
        return ()

    async def resubscribe(self, symbols: Sequence[str]) -> Collection[str]:
        """Unsubscribe, and subscribe again."""
        await self._request("UNSUBSCRIBE", symbols)
        await self._request("SUBSCRIBE", symbols)
        return ()

    async def ping(self, number: int) -> None:
        """Send a ping frame."""
        await self._socket.ping(number)

    async def receive(self) -> Received:
        """Read the next frame."""
        text = await self._socket.receive()
        if isinstance(text, Received):
            return text
        message = read(text)
        if isinstance(message, StreamedRow):
            return Received((message,))
        return UNREADABLE if message is None else self._take(message)

    async def _request(self, method: str, symbols: Sequence[str]) -> None:
        for start in range(0, len(symbols), SYMBOLS_PER_MESSAGE):
            some = symbols[start : start + SYMBOLS_PER_MESSAGE]
            await self._confirmations.request(partial(self._send, method, some))

    async def _send(self, method: str, symbols: Sequence[str], number: int) -> None:
        await self._socket.send(request(method, symbols, number))

    def _take(self, reply: Reply) -> Received:
        if reply.announces_end:
            self.is_ending = True
        elif reply.refusal is not None:
            self._confirmations.refuse(reply.id, reply.refusal)
        elif reply.id is not None:
            self._confirmations.confirm(reply.id)
        else:
            return UNREADABLE
        return ALIVE
