"""How listings and books are written in Redis: one MessagePack value each, with the format's version first."""

import math

import msgspec

from application.concurrency.cooperative import run_cooperatively
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.errors import NothingTradable
from domain.rates.instruments import Instruments

# Part of every key too, so that two versions of the service can share one Redis during an upgrade.
VERSION = 2

LISTING = "listing"
BOOKS = "books"


class _Kept(msgspec.Struct, array_like=True):
    """Columns: symbols, bases and quotes of a listing, or symbols, bids and asks of books; `kind` tells which."""

    version: int
    kind: str
    exchange: str
    observed_at: float
    symbols: list[str]
    firsts: list[str]
    seconds: list[str]


_DECODER = msgspec.msgpack.Decoder(_Kept)
_ENCODER = msgspec.msgpack.Encoder()


def encode_instruments(instruments: Instruments) -> bytes:
    """Write a listing."""
    columns = [list(column) for column in zip(*instruments.pairs.rows, strict=True)]
    return _ENCODER.encode(_Kept(VERSION, LISTING, instruments.exchange, instruments.observed_at, *columns))


def encode_book_tickers(book_tickers: BookTickers) -> bytes:
    """Write books."""
    prices = book_tickers.by_symbol
    columns = prices.symbols, prices.bids, prices.asks
    return _ENCODER.encode(_Kept(VERSION, BOOKS, book_tickers.exchange, book_tickers.observed_at, *columns))


def decode_instruments(value: bytes, exchange: str) -> Instruments | None:
    """Read a listing of this exchange, None when the value is damaged, of another version or of another exchange."""
    kept = _kept(value, LISTING, exchange)
    if kept is None:
        return None
    try:
        return Instruments.of(exchange, zip(kept.symbols, kept.firsts, kept.seconds, strict=True), kept.observed_at)
    except (NothingTradable, ValueError):  # or columns of different lengths
        return None


async def decode_book_tickers(value: bytes, exchange: str) -> BookTickers | None:
    """Read book tickers as `decode_instruments` reads instruments, yielding to the event loop in between."""
    kept = _kept(value, BOOKS, exchange)
    if kept is None:
        return None
    try:
        prices = await run_cooperatively(Prices.in_steps(kept.symbols, kept.firsts, kept.seconds))
    except (NothingTradable, ValueError):  # or columns of different lengths
        return None
    return BookTickers(exchange, prices, kept.observed_at)


def _kept(value: bytes, kind: str, exchange: str) -> _Kept | None:
    try:
        kept = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_ours = (kept.version, kept.kind, kept.exchange) == (VERSION, kind, exchange)
    return kept if is_ours and math.isfinite(kept.observed_at) else None
