"""Reads and writes the messages of Bybit's streams, without I/O.

https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook
"""

from collections.abc import Sequence

import msgspec

from adapters.websocket.subscribed_connection import Confirmed, Message, Ponged, Refused
from application.market_data.ports.feed import StreamedRow

# Of one level: each message is the whole best bid and ask. It comes again after 3 seconds without a change.
TOPIC = "orderbook.1."

# In place of a side without orders: such a book is none.
_NO_PRICE = "0"


class _Book(msgspec.Struct, gc=False):
    s: str
    b: list[list[str]]
    a: list[list[str]]


class _BookFrame(msgspec.Struct, gc=False):
    topic: str
    ts: int
    data: _Book


class _Reply(msgspec.Struct):
    op: str = ""
    success: bool | None = None
    ret_msg: str = ""
    req_id: str = ""

    @property
    def number(self) -> int | None:
        return int(self.req_id) if self.req_id.isascii() and self.req_id.isdigit() and len(self.req_id) < 20 else None


_BOOK = msgspec.json.Decoder(_BookFrame)
_REPLY = msgspec.json.Decoder(_Reply)
_ENCODER = msgspec.json.Encoder()


def read(text: bytes) -> Message | None:
    """Return the row of a book, any other message, or None for what makes no sense.

    The time at which a message was made serves as its sequence: update ids begin anew when Bybit restarts.
    """
    try:
        frame = _BOOK.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _reply(text)
    book = frame.data
    return (StreamedRow(book.s, _best(book.b), _best(book.a), frame.ts),)


def _best(side: list[list[str]]) -> str:
    return side[0][0] if side and side[0] else _NO_PRICE


def _reply(text: bytes) -> Message | None:
    try:
        reply = _REPLY.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if reply.op in {"ping", "pong"}:
        return Ponged(reply.number)
    if reply.success is None:
        return None
    return Confirmed(reply.number) if reply.success else Refused(reply.number, reply.ret_msg, reply.ret_msg)


def request(kind: str, symbols: Sequence[str], number: int) -> bytes:
    """Write the request to `subscribe` to these symbols' best prices, or to `unsubscribe`."""
    return _ENCODER.encode({"req_id": str(number), "op": kind, "args": [TOPIC + symbol for symbol in symbols]})


def ping(number: int) -> bytes:
    """Write a ping."""
    return _ENCODER.encode({"req_id": str(number), "op": "ping"})
