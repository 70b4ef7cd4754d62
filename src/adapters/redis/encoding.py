"""How listings and books are written in Redis: one MessagePack value each, with the format's version first."""

import math

import msgspec

from application.concurrency.cooperative import run_cooperatively
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.errors import NothingTradable
from domain.rates.instruments import Instruments
from domain.rates.trading_rules import NO_RULES, RuleTexts, TradingRules

# Part of every key too, so that two versions of the service can share one Redis during an upgrade.
VERSION = 3

LISTING = "listing"
BOOKS = "books"


class _Kept(msgspec.Struct, array_like=True):
    """Columns: symbols, bases and quotes of a listing, or symbols, bids and asks of books; `kind` tells which.

    Most pairs share their trading rules with others: `rules` holds each set once, and `rules_of` the position of each
    symbol's set in it.
    """

    version: int
    kind: str
    exchange: str
    observed_at: float
    symbols: list[str]
    firsts: list[str]
    seconds: list[str]
    rules: list[RuleTexts] = []
    rules_of: list[int] = []


_DECODER = msgspec.msgpack.Decoder(_Kept)
_ENCODER = msgspec.msgpack.Encoder()


def encode_instruments(instruments: Instruments) -> bytes:
    """Write a listing."""
    columns = [list(column) for column in zip(*instruments.pairs.rows, strict=True)]
    kept = _Kept(VERSION, LISTING, instruments.exchange, instruments.observed_at, *columns)
    rules = [instruments.rules.get(symbol, NO_RULES) for symbol in columns[0]]
    ids = list(map(id, rules))  # equal rules are one object, and comparing Decimals takes longer
    distinct = dict(zip(ids, rules, strict=True))
    positions = dict(zip(distinct, range(len(distinct)), strict=True))
    kept.rules = [each.texts for each in distinct.values()]
    kept.rules_of = list(map(positions.__getitem__, ids))
    return _ENCODER.encode(kept)


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
        rows = zip(kept.symbols, kept.firsts, kept.seconds, strict=True)
        return Instruments.of(exchange, rows, kept.observed_at, rules=_rules(kept))
    except (NothingTradable, ValueError):  # or columns that do not fit together
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


def _rules(kept: _Kept) -> dict[str, TradingRules]:
    distinct = [TradingRules.parse(*texts) for texts in kept.rules]
    told = {position: rules for position, rules in enumerate(distinct) if rules != NO_RULES}
    pairs = zip(kept.symbols, kept.rules_of, strict=True)
    return {symbol: told[position] for symbol, position in pairs if position in told}


def _kept(value: bytes, kind: str, exchange: str) -> _Kept | None:
    try:
        kept = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_ours = (kept.version, kept.kind, kept.exchange) == (VERSION, kind, exchange)
    return kept if is_ours and math.isfinite(kept.observed_at) else None
