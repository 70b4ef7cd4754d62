"""How listings and books are written in Redis: one MessagePack value each, with the format's version first."""

import math

import msgspec

from application.turns import in_turns
from domain.errors import NothingTradable
from domain.market import Books, Listing
from domain.prices import Prices

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


def encode_listing(listing: Listing) -> bytes:
    """Write a listing."""
    columns = [list(column) for column in zip(*listing.pairs.rows, strict=True)]
    return _ENCODER.encode(_Kept(VERSION, LISTING, listing.exchange, listing.observed_at, *columns))


def encode_books(books: Books) -> bytes:
    """Write books."""
    prices = books.by_symbol
    columns = prices.symbols, prices.bids, prices.asks
    return _ENCODER.encode(_Kept(VERSION, BOOKS, books.exchange, books.observed_at, *columns))


def decode_listing(value: bytes, exchange: str) -> Listing | None:
    """Read a listing of this exchange, None when the value is damaged, of another version or of another exchange."""
    kept = _kept(value, LISTING, exchange)
    if kept is None:
        return None
    try:
        return Listing.of(exchange, zip(kept.symbols, kept.firsts, kept.seconds, strict=True), kept.observed_at)
    except (NothingTradable, ValueError):  # or columns of different lengths
        return None


async def decode_books(value: bytes, exchange: str) -> Books | None:
    """Read books as `decode_listing` does a listing, with turns for others in between: they come every few seconds."""
    kept = _kept(value, BOOKS, exchange)
    if kept is None:
        return None
    try:
        prices = await in_turns(Prices.in_steps(kept.symbols, kept.firsts, kept.seconds))
    except (NothingTradable, ValueError):  # or columns of different lengths
        return None
    return Books(exchange, prices, kept.observed_at)


def _kept(value: bytes, kind: str, exchange: str) -> _Kept | None:
    try:
        kept = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_ours = (kept.version, kept.kind, kept.exchange) == (VERSION, kind, exchange)
    return kept if is_ours and math.isfinite(kept.observed_at) else None
