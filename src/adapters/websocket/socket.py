"""A WebSocket to an exchange, which turns every failure into `ExchangeUnavailable`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import aiohttp

from adapters.rest.client import Answer, RestClient, timed_out
from adapters.rest.network_failures import network_failure
from application.market_data.ports.feed import Received
from domain.rates.errors import ExchangeUnavailable, FailureReason

# Single books take some 300 bytes, and confirmations less. A longer message ends the connection.
MAX_MESSAGE_BYTES = 64 * 1024

# For the exchange's part of the closing handshake.
CLOSE_WITHIN_SECONDS = 1.0

# For one message, to an exchange that does not read.
SEND_WITHIN_SECONDS = 5.0

# "Policy violation": the exchange was sent more than it allows.
_TALKED_TOO_MUCH = 1008
PAUSE_SECONDS = 60.0

_ENDS = frozenset({aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED})

ALIVE = Received()
UNREADABLE = Received(is_readable=False)


class FeedSocket:
    """One open connection. Messages that it sends are `spacing_seconds` apart; the exchange's pings are answered."""

    def __init__(self, exchange: str, socket: "aiohttp.ClientWebSocketResponse[bool]", spacing_seconds: float) -> None:
        self._exchange = exchange
        self._socket = socket
        self._spacing_seconds = spacing_seconds
        self._lock = asyncio.Lock()
        self._next_at = 0.0

    async def send(self, text: bytes) -> None:
        """Send a text. Raises `ExchangeUnavailable` if the connection is lost."""
        async with self._turn():
            await self._sent(self._socket.send_frame(text, aiohttp.WSMsgType.TEXT))

    async def ping(self, number: int) -> None:
        """Send a ping frame that contains the number."""
        async with self._turn():
            await self._sent(self._socket.ping(b"%d" % number))

    async def receive(self) -> bytes | Received:
        """Return the next text, or what a frame without a text shows."""
        message = await self._socket.receive()
        kind = message.type
        if kind is aiohttp.WSMsgType.TEXT:
            text: bytes = message.data
            return text
        if kind is aiohttp.WSMsgType.PING:
            await self._sent(self._socket.pong(message.data))
            return ALIVE
        if kind is aiohttp.WSMsgType.PONG:
            number = bytes(message.data)
            return Received(answered=int(number)) if number.isdigit() and len(number) < 20 else ALIVE
        if kind in _ENDS or kind is aiohttp.WSMsgType.ERROR:
            raise self._ended()
        return UNREADABLE

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        async with self._lock:
            await asyncio.sleep(max(0.0, self._next_at - loop.time()))
            yield
            self._next_at = loop.time() + self._spacing_seconds

    async def _sent(self, sending: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN_SECONDS):
                await sending
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            detail = f"its stream takes no messages: {type(error).__name__}"
            raise ExchangeUnavailable(self._exchange, FailureReason.NETWORK, detail, is_transient=True) from error

    def _ended(self) -> ExchangeUnavailable:
        code = self._socket.close_code
        pause = PAUSE_SECONDS if code == _TALKED_TOO_MUCH else None
        detail = f"its stream was closed with code {code}"
        return ExchangeUnavailable(self._exchange, FailureReason.NETWORK, detail, pause, is_transient=True)


@asynccontextmanager
async def opened(
    exchange: str, url: str, session: aiohttp.ClientSession, rest: RestClient, spacing_seconds: float
) -> AsyncIterator[FeedSocket]:
    """Connect within the session's timeouts. `rest` tells what an answer means that is no WebSocket."""
    try:
        socket = await session.ws_connect(
            url,
            autoping=False,  # pings show that the connection is alive
            decode_text=False,
            max_msg_size=MAX_MESSAGE_BYTES,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_WITHIN_SECONDS),
        )
    except TimeoutError as error:
        raise ExchangeUnavailable(exchange, FailureReason.TIMEOUT, timed_out(error, session.timeout, "")) from error
    except aiohttp.WSServerHandshakeError as error:
        raise rest.failed(Answer(error.status, error.headers or {}, b"")) from error
    except aiohttp.ClientHttpProxyError as error:
        raise _network(exchange, error) from None  # its text contains the proxy's password
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _network(exchange, error) from error
    try:
        yield FeedSocket(exchange, socket, spacing_seconds)
    finally:
        await socket.close()


def _network(exchange: str, error: Exception) -> ExchangeUnavailable:
    return ExchangeUnavailable(exchange, FailureReason.NETWORK, network_failure(error, None), is_transient=True)
