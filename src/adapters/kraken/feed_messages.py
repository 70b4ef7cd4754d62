"""Reads and writes the messages of Kraken's streams, version 2, without I/O.

https://docs.kraken.com/exchange/api-reference/spot-websocket-v2/ticker
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple

import msgspec

from adapters.kraken.messages import stream_names_in
from adapters.websocket.subscribed_connection import Confirmed, Declined, Message, Notice, Ponged, Refused
from application.market_data.feeds.streamed_books import reason_in
from application.market_data.ports.feed import MOST_AHEAD_SECONDS, StreamedRow
from application.ports.clock import Clock

CHANNEL = "ticker"

# Rows have times in microseconds.
DATES_PER_SECOND = 1_000_000

# Streams call these two assets as everybody does, and all others as the listing's `wsname` does.
_RENAMED = {"XBT": "BTC", "XDG": "DOGE"}

# In place of a missing price: such a book is none.
_NO_PRICE, _NULL = "0", b"null"

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class StreamNames(NamedTuple):
    """What streams call the symbols of the REST API, and the other way round."""

    by_symbol: Mapping[str, str]
    symbols: Mapping[str, str]

    @classmethod
    def of(cls, names: Iterable[tuple[str, str]]) -> "StreamNames":
        """Make it from symbols and their `wsname`, such as XXBTZUSD and XBT/USD."""
        by_symbol = {symbol: _stream_name(name) for symbol, name in names}
        return cls(by_symbol, {name: symbol for symbol, name in by_symbol.items()})


class _Ticker(msgspec.Struct, gc=False):
    symbol: str
    bid: msgspec.Raw  # a number, whose digits count
    ask: msgspec.Raw
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Tickers(msgspec.Struct, gc=False):
    channel: str
    data: list[_Ticker]


class _Reply(msgspec.Struct):
    method: str = ""
    channel: str = ""
    success: bool = True
    error: Any = None
    symbol: str = ""
    req_id: int | None = None


_TICKERS = msgspec.json.Decoder(_Tickers)
_REPLY = msgspec.json.Decoder(_Reply)
_ENCODER = msgspec.json.Encoder()


def stream_names_of(body: bytes) -> Generator[None, None, StreamNames]:
    """Read a listing. Raises `ValueError`."""
    return StreamNames.of((yield from stream_names_in(body)).items())


class _Newest(NamedTuple):
    """What a symbol's book with the newest time said, and the sequence that it was given."""

    made_at: int  # in microseconds, 0 without a time
    sequence: int
    bid: str = ""
    ask: str = ""


class Tickers:
    """Reads one connection's messages. Rows have no sequence; their times serve as such, for each symbol by itself.

    What has the time and the prices of the newest row repeats it, and gets its sequence. Other prices of the same time
    follow it, as do those without a time.
    """

    def __init__(self, names: StreamNames, clock: Clock) -> None:
        self._symbols = names.symbols
        self._clock = clock
        self._newest: dict[str, _Newest] = {}

    def read(self, text: bytes) -> Message | None:
        """Return the rows of tickers, any other message, or None for what makes no sense."""
        try:
            message = _TICKERS.decode(text)
            if message.channel != CHANNEL:
                return Notice()
            return [self._row(row) for row in message.data if row.symbol in self._symbols] or Notice()
        except (ValueError, RecursionError):  # a DecodeError is a ValueError
            return _reply(text)

    def _row(self, row: _Ticker) -> StreamedRow:
        symbol, bid, ask = self._symbols[row.symbol], _price(row.bid), _price(row.ask)
        newest = self._newest.get(symbol, _NOTHING)
        made_at = newest.made_at if row.timestamp is None else (row.timestamp - _EPOCH) // _MICROSECOND
        if made_at < newest.made_at or self._is_ahead(made_at, newest.made_at):
            return StreamedRow(symbol, bid, ask, made_at)
        if made_at > newest.made_at or (bid, ask) != (newest.bid, newest.ask):
            newest = _Newest(made_at, max(newest.sequence + 1, made_at), bid, ask)
            if reason_in(bid, ask) is None:  # otherwise it is dropped, and its time may be as wrong as its prices
                self._newest[symbol] = newest
        return StreamedRow(symbol, bid, ask, newest.sequence)

    def _is_ahead(self, made_at: int, newest_at: int) -> bool:
        """Tell whether it is dated ahead: it is then dropped, and must not make all others of its symbol old."""
        return made_at > newest_at and made_at > (self._clock.now() + MOST_AHEAD_SECONDS) * DATES_PER_SECOND


_NOTHING = _Newest(0, 0)


def _price(number: msgspec.Raw) -> str:
    digits = bytes(number)
    return _NO_PRICE if digits == _NULL else digits.decode()


def _reply(text: bytes) -> Message | None:
    try:
        reply = _REPLY.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if reply.method == "pong":
        return Ponged(reply.req_id)
    if reply.method:
        return _answer(reply)
    return (
        Notice() if reply.channel not in {"", CHANNEL} else None
    )  # a heartbeat each second, and the state of the exchange


def _answer(reply: _Reply) -> Message:
    if reply.error is None and reply.success:
        return Confirmed(reply.req_id)
    if reply.symbol and reply.symbol in str(reply.error):  # such as "Currency pair not supported BTC/USDX"
        return Declined(reply.req_id, reply.symbol)
    return Refused(reply.req_id, reply.error)


def request(kind: str, names: Sequence[str], number: int) -> bytes:
    """Write the request to `subscribe` to tickers by these names, or to `unsubscribe`."""
    parameters = {"channel": CHANNEL, "symbol": names, "event_trigger": "bbo"}
    return _ENCODER.encode({"method": kind, "params": parameters, "req_id": number})


def ping(number: int) -> bytes:
    """Write a ping."""
    return _ENCODER.encode({"method": "ping", "req_id": number})


def _stream_name(name: str) -> str:
    return "/".join(_RENAMED.get(part, part) for part in name.split("/"))
