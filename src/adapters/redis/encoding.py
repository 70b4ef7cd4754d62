"""The format of market data in Redis: one MessagePack value per payload, which starts with the format's version."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import msgspec

from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.fetch_lock import Payload
from domain.currency import Currency
from domain.errors import InvalidInput
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.errors import NothingTradable
from domain.rates.instruments import Instruments, Pairs
from domain.rates.trading_rules import NO_RULES, RuleTexts, TradingRules

# Part of every key too: during an upgrade two versions of the service can use one Redis without sharing data.
VERSION = 7

INSTRUMENTS = Payload.INSTRUMENTS.value
BOOK_TICKERS = Payload.BOOK_TICKERS.value


class _Stored(msgspec.Struct, array_like=True):
    """Columns of symbols, bases and quotes, or of symbols, bids and asks, depending on `kind`.

    Many pairs share their trading rules, so `rules` holds each set once, and `rules_of` the index of each symbol's set.
    `source` is the URL from which the payload was fetched.
    """

    version: int
    kind: str
    exchange: str
    source: str
    observed_at: float
    symbols: list[str]
    firsts: list[str]
    seconds: list[str]
    rules: list[RuleTexts] = []
    rules_of: list[int] = []
    lag_seconds: float = 0.0
    aliases: dict[str, str] = {}


class _Columns(NamedTuple):
    """Instruments as columns, and what they were made of."""

    pairs: Pairs
    rules_by_symbol: Mapping[str, TradingRules]
    symbols: list[str]
    bases: list[str]
    quotes: list[str]
    rules: list[RuleTexts]
    rules_of: list[int]

    def are_of(self, instruments: Instruments) -> bool:
        """Tell whether these instruments have the same columns, by identity: unchanged ones share their parts."""
        return self.pairs is instruments.pairs and self.rules_by_symbol is instruments.rules


_DECODER = msgspec.msgpack.Decoder(_Stored)
_ENCODER = msgspec.msgpack.Encoder()


class InstrumentsEncoder:
    """Encodes instruments. Most are the same as before but for their time, so each exchange's columns are kept."""

    def __init__(self) -> None:
        self._columns: dict[str, _Columns] = {}  # of the latest instruments, by exchange

    def encode(self, instruments: Instruments, source: str) -> bytes:
        """Encode instruments that were fetched from the URL `source`."""
        columns = self._columns.get(instruments.exchange)
        if columns is None or not columns.are_of(instruments):
            columns = self._columns[instruments.exchange] = _columns(instruments)
        head = VERSION, INSTRUMENTS, instruments.exchange, source, instruments.observed_at
        stored = _Stored(*head, columns.symbols, columns.bases, columns.quotes, columns.rules, columns.rules_of)
        stored.lag_seconds = instruments.lag_seconds
        stored.aliases = {str(alias): str(code) for alias, code in instruments.aliases.items()}
        return _ENCODER.encode(stored)


def _columns(instruments: Instruments) -> _Columns:
    symbols, bases, quotes = (list(column) for column in zip(*instruments.pairs.rows, strict=True))
    rules = [instruments.rules.get(symbol, NO_RULES) for symbol in symbols]
    ids = list(map(id, rules))  # equal rules are one object, and comparing Decimals takes longer
    distinct = dict(zip(ids, rules, strict=True))
    positions = dict(zip(distinct, range(len(distinct)), strict=True))
    texts = [each.texts for each in distinct.values()]
    rules_of = list(map(positions.__getitem__, ids))
    return _Columns(instruments.pairs, instruments.rules, symbols, bases, quotes, texts, rules_of)


def encode_book_tickers(book_tickers: BookTickers, source: str) -> bytes:
    """Encode book tickers that were fetched from the URL `source`."""
    prices = book_tickers.by_symbol
    columns = prices.symbols, prices.bids, prices.asks
    head = VERSION, BOOK_TICKERS, book_tickers.exchange, source, book_tickers.observed_at
    return _ENCODER.encode(_Stored(*head, *columns, lag_seconds=book_tickers.lag_seconds))


def decode_instruments(value: bytes, exchange: str, source: str) -> Instruments | None:
    """Decode instruments; return None if the value is damaged, or of another version, exchange or source."""
    stored = _decode(value, INSTRUMENTS, exchange, source)
    if stored is None:
        return None
    try:
        rows = zip(stored.symbols, stored.firsts, stored.seconds, strict=True)
        instruments = Instruments.of(exchange, rows, stored.observed_at, rules=_rules(stored))
        aliases = {Currency(alias): Currency(name) for alias, name in stored.aliases.items()}
        return replace(instruments, lag_seconds=stored.lag_seconds, aliases=aliases)
    except (NothingTradable, InvalidInput, ValueError):  # ValueError: columns of different lengths
        return None


async def decode_book_tickers(value: bytes, exchange: str, source: str) -> BookTickers | None:
    """Decode book tickers like `decode_instruments`, yielding to the event loop in between."""
    stored = _decode(value, BOOK_TICKERS, exchange, source)
    if stored is None:
        return None
    try:
        prices = await run_cooperatively(Prices.in_steps(stored.symbols, stored.firsts, stored.seconds))
    except (NothingTradable, ValueError):  # ValueError: columns of different lengths
        return None
    return BookTickers(exchange, prices, stored.observed_at, stored.lag_seconds)


def _rules(stored: _Stored) -> dict[str, TradingRules]:
    distinct = [TradingRules.parse(*texts) for texts in stored.rules]
    by_position = {position: rules for position, rules in enumerate(distinct) if rules != NO_RULES}
    pairs = zip(stored.symbols, stored.rules_of, strict=True)
    return {symbol: by_position[position] for symbol, position in pairs if position in by_position}


def _decode(value: bytes, kind: str, exchange: str, source: str) -> _Stored | None:
    try:
        stored = _DECODER.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_ours = (stored.version, stored.kind, stored.exchange, stored.source) == (VERSION, kind, exchange, source)
    return stored if is_ours and math.isfinite(stored.observed_at) else None
