"""Reads and writes the messages of Coinbase's streams, without I/O.

https://docs.cdp.coinbase.com/exchange/websocket-feed/channels#ticker-channel
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from adapters.coinbase.times import unix_seconds
from adapters.websocket.subscribed_connection import Confirmed, Message, Notice, Refused
from application.market_data.ports.feed import StreamedRow

CHANNEL = "ticker"

# In place of a side without orders: such a book is none.
_NO_PRICE = "0"


class _Ticker(msgspec.Struct, gc=False):
    type: str
    product_id: str
    sequence: int
    best_bid: str
    best_ask: str
    time: str  # of the trade because of which it was sent


class _Said(msgspec.Struct):
    type: str
    message: Any = None
    reason: Any = None


_TICKER = msgspec.json.Decoder(_Ticker)
_SAID = msgspec.json.Decoder(_Said)
_ENCODER = msgspec.json.Encoder()


def read(text: bytes) -> Message | None:
    """Return the row of a ticker, any other message, or None for what makes no sense.

    A ticker comes when a trade happens, and shows the book as of then; the first one, after the subscription, that of
    the last trade. Sequences are those of all that happens to a product, so that those of tickers have gaps.
    """
    try:
        row = _TICKER.decode(text)
        if row.type == CHANNEL:
            told_at = unix_seconds(row.time)
            bid, ask = row.best_bid or _NO_PRICE, row.best_ask or _NO_PRICE
            return (StreamedRow(row.product_id, bid, ask, row.sequence, told_at),)
    except (ValueError, OverflowError, RecursionError):  # a DecodeError is a ValueError
        pass
    return _said(text)


def _said(text: bytes) -> Message | None:
    try:
        said = _SAID.decode(text)
    except (ValueError, RecursionError):
        return None
    match said.type:
        case "subscriptions":  # all of the connection, without saying which request it answers
            return Confirmed()
        case "error":  # such as "Failed to subscribe", with "BTC-USDX is not a valid product" as its reason
            return Refused(None, said.message, str(said.reason or ""))
        case "ticker":
            return None
        case _:
            return Notice()


def request(kind: str, symbols: Sequence[str]) -> bytes:
    """Write the request to `subscribe` to these products' tickers, or to `unsubscribe`."""
    return _ENCODER.encode({"type": kind, "product_ids": symbols, "channels": [CHANNEL]})
