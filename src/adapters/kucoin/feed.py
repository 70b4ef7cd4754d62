"""KuCoin's stream of all tickers: one topic for all symbols, at a server that the REST API names."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlencode
from uuid import uuid4

from adapters.kucoin import NAME
from adapters.kucoin.feed_messages import Entrance, Reply, entrance_in, ping, read, request
from adapters.kucoin.market_data import SUCCESS
from adapters.kucoin.messages import code_in
from adapters.rest.client import RestClient
from adapters.rest.registered_exchange import FeedParts
from adapters.websocket.confirmations import Confirmations
from adapters.websocket.socket import ALIVE, UNREADABLE, FeedSocket, opened
from application.market_data.ports.feed import Feed, FeedConnection, Received, StreamedRow
from domain.rates.errors import ExchangeUnavailable, FailureReason

# One topic has all of them, and KuCoin lists some 1,300.
SYMBOLS_PER_CONNECTION = 20_000

# KuCoin takes 100 messages in 10 seconds.
SPACING_SECONDS = 0.15

# It sends changes together, each 100 ms.
DELAY_SECONDS = 0.1

WELCOMED_WITHIN_SECONDS = 5.0

# Requests are numbered apart from pings, which count up from 1.
FIRST_REQUEST = 10**12


class KuCoinFeed(Feed):
    """Asks bullet-public where to connect, each time anew: its tokens expire."""

    name = NAME
    symbols_per_connection = SYMBOLS_PER_CONNECTION

    def __init__(self, parts: FeedParts) -> None:
        self._session = parts.session
        self._rest = RestClient(NAME, parts.rest_url, parts.session, parts.clock, parts.meter, lambda _: None)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[FeedConnection]:
        """Connect, and wait for the welcome."""
        entrance = await self._entrance()
        query = urlencode({"token": entrance.token, "connectId": uuid4().hex})
        url = f"{entrance.endpoint}?{query}"
        async with opened(NAME, url, self._session, self._rest, SPACING_SECONDS) as socket:
            connection = _Connection(socket, entrance)
            await connection.wait_for_welcome()
            yield connection

    async def _entrance(self) -> Entrance:
        answer = await self._rest.post("/api/v1/bullet-public")
        with self._rest.reading(answer):
            code = code_in(answer.body)
            if code == SUCCESS:
                return entrance_in(answer.body)
        if code.startswith("429"):
            raise self._rest.limited(answer)
        raise self._rest.refused(f"HTTP 200 with code {code[:20]}")


class _Connection(FeedConnection):
    delay_seconds = DELAY_SECONDS
    resubscribes_all = True

    def __init__(self, socket: FeedSocket, entrance: Entrance) -> None:
        self.silence_seconds = 2 * entrance.ping_interval_seconds
        self.is_ending = False
        self._socket = socket
        self._confirmations = Confirmations(NAME)
        self._is_welcome = False
        self._is_subscribed = False

    async def wait_for_welcome(self) -> None:
        try:
            async with asyncio.timeout(WELCOMED_WITHIN_SECONDS):
                while not self._is_welcome:
                    await self.receive()
        except TimeoutError as error:
            detail = f"its stream sent no welcome within {WELCOMED_WITHIN_SECONDS:.0f} s"
            raise ExchangeUnavailable(NAME, FailureReason.TIMEOUT, detail) from error

    async def subscribe(self, symbols: Sequence[str]) -> Collection[str]:  # noqa: ARG002 -- the topic has all
        """Subscribe to all tickers; more symbols need no more than that."""
        if not self._is_subscribed:
            await self._request("subscribe")
            self._is_subscribed = True
        return ()

    async def resubscribe(self, symbols: Sequence[str]) -> Collection[str]:  # noqa: ARG002 -- the topic has all
        """Unsubscribe, and subscribe again, which concerns all symbols."""
        await self._request("unsubscribe")
        await self._request("subscribe")
        return ()

    async def ping(self, number: int) -> None:
        """Send KuCoin's own kind of ping, which keeps the connection open as well."""
        await self._socket.send(ping(number))

    async def receive(self) -> Received:
        """Read the next frame."""
        text = await self._socket.receive()
        if isinstance(text, Received):
            return text
        message = read(text)
        if isinstance(message, StreamedRow):
            return Received((message,))
        return UNREADABLE if message is None else self._take(message)

    async def _request(self, kind: str) -> None:
        await self._confirmations.request(partial(self._send, kind))

    async def _send(self, kind: str, number: int) -> None:
        await self._socket.send(request(kind, FIRST_REQUEST + number))

    def _take(self, reply: Reply) -> Received:
        number = reply.number
        if reply.type == "pong":
            return Received(answered=number)
        if reply.type == "welcome":
            self._is_welcome = True
        elif reply.type == "ack" and number is not None:
            self._confirmations.confirm(number - FIRST_REQUEST)
        elif reply.type == "error":
            self._confirmations.refuse(None if number is None else number - FIRST_REQUEST, reply.code)
        else:
            return UNREADABLE
        return ALIVE
