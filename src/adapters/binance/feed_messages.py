"""Reads and writes the messages of Binance's streams, without I/O.

https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from application.market_data.ports.feed import StreamedRow

STREAM = "bookTicker"


class _Book(msgspec.Struct, gc=False):
    u: int
    s: str
    b: str
    a: str


class _BookFrame(msgspec.Struct, gc=False):
    data: _Book


class _Event(msgspec.Struct):
    e: str = ""


class _Refusal(msgspec.Struct):
    code: Any = None


class Reply(msgspec.Struct):
    """Anything but a book: an answer to the request `id`, an error, or an event."""

    id: int | None = None
    error: _Refusal | None = None
    code: Any = None
    e: str = ""
    data: _Event | None = None

    @property
    def refusal(self) -> object:
        """The code of a refusal, None if this is none."""
        return self.code if self.error is None else self.error.code

    @property
    def announces_end(self) -> bool:
        """Whether the server will close the connection."""
        return "serverShutdown" in (self.e, self.data.e if self.data is not None else "")


_BOOK = msgspec.json.Decoder(_BookFrame)
_REPLY = msgspec.json.Decoder(Reply)
_ENCODER = msgspec.json.Encoder()


def read(text: bytes) -> StreamedRow | Reply | None:
    """Return the row of a book, any other message, or None for what is neither."""
    try:
        book = _BOOK.decode(text).data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _reply(text)
    return StreamedRow(book.s, book.b, book.a, book.u)


def _reply(text: bytes) -> Reply | None:
    try:
        return _REPLY.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def request(method: str, symbols: Iterable[str], number: int) -> bytes:
    """Write the request to begin or end these symbols' streams."""
    streams = [f"{symbol.lower()}@{STREAM}" for symbol in symbols]
    return _ENCODER.encode({"method": method, "params": streams, "id": number})
