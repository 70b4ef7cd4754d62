"""How listings and books are written in Redis: one MessagePack value each, with the format's version first."""

import math

import msgspec

from domain.errors import NothingTradable
from domain.market import Books, Listing

# Part of every key too, so that two versions of the service can share one Redis during an upgrade.
VERSION = 1

LISTING = "listing"
BOOKS = "books"


class _Rows(msgspec.Struct, array_like=True):
    """(symbol, base, quote) of a listing, or (symbol, bid, ask) of books: `kind` tells, since the shapes do not."""

    version: int
    kind: str
    exchange: str
    observed_at: float
    rows: list[tuple[str, str, str]]


_DECODER = msgspec.msgpack.Decoder(_Rows)
_ENCODER = msgspec.msgpack.Encoder()


def encode_listing(listing: Listing) -> bytes:
    """Write a listing."""
    rows = [(each.symbol, str(each.pair.base), str(each.pair.quote)) for each in listing.instruments]
    return _ENCODER.encode(_Rows(VERSION, LISTING, listing.exchange, listing.observed_at, rows))


def encode_books(books: Books) -> bytes:
    """Write books."""
    rows = [(symbol, str(book.bid), str(book.ask)) for symbol, book in books.by_symbol.items()]
    return _ENCODER.encode(_Rows(VERSION, BOOKS, books.exchange, books.observed_at, rows))


def decode_listing(value: bytes, exchange: str) -> Listing | None:
    """Read a listing of this exchange, None when the value is damaged, of another version or of another exchange."""
    kept = _kept(value, LISTING, exchange)
    try:
        return Listing.of(exchange, kept.rows, kept.observed_at) if kept is not None else None
    except NothingTradable:
        return None


def decode_books(value: bytes, exchange: str) -> Books | None:
    """Read books of this exchange, None when the value is damaged, of another version or of another exchange."""
    kept = _kept(value, BOOKS, exchange)
    try:
        return Books.of(exchange, kept.rows, kept.observed_at) if kept is not None else None
    except NothingTradable:
        return None


def _kept(value: bytes, kind: str, exchange: str) -> _Rows | None:
    try:
        kept = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_ours = (kept.version, kept.kind, kept.exchange) == (VERSION, kind, exchange)
    return kept if is_ours and math.isfinite(kept.observed_at) else None
