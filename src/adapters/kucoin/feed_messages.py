"""Reads and writes the messages of KuCoin's streams, without I/O.

https://www.kucoin.com/docs-new/websocket-api/base-info/introduction
"""

from typing import Any

import msgspec

from application.market_data.ports.feed import StreamedRow

ALL_TICKERS = "/market/ticker:all"

# In place of a missing price: such a book is none.
_NO_PRICE = "0"


class _Book(msgspec.Struct, gc=False, rename={"bid": "bestBid", "ask": "bestAsk"}):
    sequence: str
    bid: str | None
    ask: str | None


class _BookFrame(msgspec.Struct, gc=False):
    topic: str
    subject: str
    data: _Book


class Reply(msgspec.Struct):
    """Anything but a book: `welcome`, `ack`, `pong` or `error`."""

    type: str
    id: str = ""
    code: Any = None

    @property
    def number(self) -> int | None:
        """The number of the request that it answers."""
        return int(self.id) if self.id.isascii() and self.id.isdigit() and len(self.id) < 20 else None


class _InstanceServer(msgspec.Struct, rename="camel"):
    endpoint: str
    ping_interval: int


class _Token(msgspec.Struct, rename="camel"):
    token: str
    instance_servers: list[_InstanceServer]


class _Bullet(msgspec.Struct):
    data: _Token


class Entrance(msgspec.Struct):
    """Where to connect, with which token, and how often the server expects a ping."""

    endpoint: str
    token: str
    ping_interval_seconds: float


_BOOK = msgspec.json.Decoder(_BookFrame)
_REPLY = msgspec.json.Decoder(Reply)
_BULLET = msgspec.json.Decoder(_Bullet)
_ENCODER = msgspec.json.Encoder()


def entrance_in(body: bytes) -> Entrance:
    """Read the answer of bullet-public. Raises `ValueError` if it names no server."""
    answer = _BULLET.decode(body).data
    if not answer.instance_servers:
        raise ValueError("it names no server for streams")
    server = answer.instance_servers[0]
    if not server.endpoint.startswith(("wss://", "ws://")) or not 0 < server.ping_interval <= 3_600_000:
        raise ValueError("its server for streams has no valid address or ping interval")
    return Entrance(server.endpoint, answer.token, server.ping_interval / 1000)


def read(text: bytes) -> StreamedRow | Reply | None:
    """Return the row of a book, any other message, or None for what is neither.

    The `time` in it is that of the last trade, and says nothing about the book.
    """
    try:
        frame = _BOOK.decode(text)
        book = frame.data
        symbol = frame.subject if frame.topic == ALL_TICKERS else frame.topic.rpartition(":")[2]
        return StreamedRow(symbol, book.bid or _NO_PRICE, book.ask or _NO_PRICE, int(book.sequence))
    except (ValueError, RecursionError):  # a DecodeError is a ValueError
        return _reply(text)


def _reply(text: bytes) -> Reply | None:
    try:
        return _REPLY.decode(text)
    except (ValueError, RecursionError):
        return None


def request(kind: str, number: int) -> bytes:
    """Write the request to `subscribe` to all tickers, or to `unsubscribe`."""
    message = {"id": str(number), "type": kind, "topic": ALL_TICKERS, "privateChannel": False, "response": True}
    return _ENCODER.encode(message)


def ping(number: int) -> bytes:
    """Write a ping."""
    return _ENCODER.encode({"id": str(number), "type": "ping"})
