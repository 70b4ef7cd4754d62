"""Reads and writes the messages of OKX's streams, without I/O.

https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-tickers-channel
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from adapters.websocket.subscribed_connection import Confirmed, Message, Notice, Ponged, Refused
from application.market_data.ports.feed import StreamedRow

CHANNEL = "tickers"

# In place of a missing price: such a book is none.
_NO_PRICE = "0"

# Of events, those that no request of ours caused.
_NOTICES = frozenset({"notice", "channel-conn-count"})


class _Ticker(msgspec.Struct, rename="camel", gc=False):
    inst_id: str
    bid_px: str
    ask_px: str
    ts: str


class _Tickers(msgspec.Struct, gc=False):
    data: list[_Ticker]


class _Event(msgspec.Struct):
    event: str
    id: str = ""
    code: Any = None
    msg: str = ""

    @property
    def number(self) -> int | None:
        return int(self.id) if self.id.isascii() and self.id.isdigit() and len(self.id) < 20 else None


_TICKERS = msgspec.json.Decoder(_Tickers)
_EVENT = msgspec.json.Decoder(_Event)
_ENCODER = msgspec.json.Encoder()


def read(text: bytes) -> Message | None:
    """Return the rows of tickers, any other message, or None for what makes no sense.

    A ticker has no sequence, and the time of its making instead, in milliseconds: they come 100 ms apart.
    """
    if text == b"pong":
        return Ponged()
    try:
        rows = _TICKERS.decode(text).data
        return [StreamedRow(row.inst_id, row.bid_px or _NO_PRICE, row.ask_px or _NO_PRICE, int(row.ts)) for row in rows]
    except (ValueError, RecursionError):  # a DecodeError is a ValueError
        return _event(text)


def _event(text: bytes) -> Message | None:
    try:
        event = _EVENT.decode(text)
    except (ValueError, RecursionError):
        return None
    if event.event == "error":
        return Refused(event.number, event.code, event.msg)
    if event.event in {"subscribe", "unsubscribe"}:
        return Confirmed(event.number)
    return Notice() if event.event in _NOTICES else None


def request(kind: str, symbols: Sequence[str], number: int) -> bytes:
    """Write the request to `subscribe` to these symbols' tickers, or to `unsubscribe`."""
    arguments = [{"channel": CHANNEL, "instId": symbol} for symbol in symbols]
    return _ENCODER.encode({"id": str(number), "op": kind, "args": arguments})
