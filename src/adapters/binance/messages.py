"""Parses Binance's answers, without I/O: from bytes to rows, in steps between which the caller can yield."""

import re
from collections.abc import Generator
from typing import Any, Generic, TypeVar

import msgspec

from adapters.binance import NAME
from adapters.rest.rows import RowsDecoder
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook
from domain.rates.trading_rules import NO_RULES, TradingRules

# Decoding the filters of this many pairs takes about half a millisecond.
PAIRS_PER_STEP = 300

# The rate limits stand before the pairs, in so many bytes from the start.
HEAD_BYTES = 4096

Rows = TypeVar("Rows")


class _Symbol(msgspec.Struct, rename="camel", gc=False):
    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    is_spot_trading_allowed: bool
    filters: msgspec.Raw = msgspec.Raw(b"[]")  # decoded separately: a bad filter must not cost the pair

    @property
    def is_tradable(self) -> bool:
        # An allow-list, because new statuses appear over time, and halted symbols keep a row with a stale price.
        return self.status == "TRADING" and self.is_spot_trading_allowed


class _ExchangeInfo(msgspec.Struct, Generic[Rows]):
    symbols: Rows


class _RateLimit(msgspec.Struct, rename="camel", gc=False):
    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int


class _Filter(msgspec.Struct, rename="camel", gc=False):
    filter_type: str
    tick_size: str | None = None
    step_size: str | None = None
    min_qty: str | None = None
    min_notional: str | None = None


class _BookTicker(msgspec.Struct, rename="camel", gc=False):
    symbol: str
    bid_price: str
    ask_price: str


class _Depth(msgspec.Struct, gc=False):
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


_LISTING: RowsDecoder[_ExchangeInfo[Any], _Symbol] = RowsDecoder(_ExchangeInfo, _Symbol, ("symbols",))
_BOOKS: RowsDecoder[list[Any], _BookTicker] = RowsDecoder(None, _BookTicker)
_DEPTH = msgspec.json.Decoder(_Depth)
_FILTERS = msgspec.json.Decoder(list[_Filter])
_NO_FILTER = _Filter("")
_RATE_LIMITS = re.compile(rb'"rateLimits"\s*:\s*(\[[^\]]*\])')
_RATE_LIMIT_ROWS = msgspec.json.Decoder(list[_RateLimit])


def weight_per_minute_in(body: bytes) -> int | None:
    """Return the weight that exchangeInfo allows an address per minute, None if it tells none."""
    found = _RATE_LIMITS.search(body, 0, HEAD_BYTES)
    if found is None:
        return None
    try:
        rows = _RATE_LIMIT_ROWS.decode(found[1])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    kinds = {(row.rate_limit_type, row.interval, row.interval_num): row.limit for row in rows}
    limit = kinds.get(("REQUEST_WEIGHT", "MINUTE", 1), 0)
    return limit if limit > 0 else None


def instruments_in(body: bytes, observed_at: float) -> Generator[None, None, Instruments]:
    """Parse exchangeInfo. Raises `ValueError` or `NothingTradable` if it is not a listing."""
    _, rows = yield from _LISTING.in_steps(body)
    tradable: list[_Symbol] = []
    halted: list[_Symbol] = []
    for row in rows:
        (tradable if row.is_tradable else halted).append(row)
    rules: dict[str, TradingRules] = {}
    for start in range(0, len(tradable), PAIRS_PER_STEP):
        rules |= {row.symbol: _rules(row.filters) for row in tradable[start : start + PAIRS_PER_STEP]}
        yield
    return Instruments.of(NAME, _names(tradable), observed_at, halted=_names(halted), rules=rules)


def book_tickers_in(body: bytes, observed_at: float) -> Generator[None, None, BookTickers]:
    """Parse all bookTickers; halted symbols have zeros. Raises `ValueError` or `NothingTradable`."""
    _, rows = yield from _BOOKS.in_steps(body)
    bids, asks = [row.bid_price for row in rows], [row.ask_price for row in rows]
    prices = yield from Prices.in_steps([row.symbol for row in rows], bids, asks)
    return BookTickers(NAME, prices, observed_at)


def order_book_in(body: bytes, symbol: str, observed_at: float) -> Generator[None, None, OrderBook]:
    """Parse depth. Raises `ValueError` or `InvalidBook`."""
    depth = _DEPTH.decode(body)
    return (yield from OrderBook.in_steps(NAME, symbol, (depth.bids, depth.asks), observed_at))


def _names(rows: list[_Symbol]) -> list[tuple[str, str, str]]:
    return [(row.symbol, row.base_asset, row.quote_asset) for row in rows]


def _rules(filters: msgspec.Raw) -> TradingRules:
    """Decode https://developers.binance.com/docs/binance-spot-api-docs/filters. Binance publishes no fees here."""
    try:
        by_type = {each.filter_type: each for each in _FILTERS.decode(filters)}
    except (msgspec.DecodeError, UnicodeDecodeError):
        return NO_RULES
    notional = by_type.get("NOTIONAL") or by_type.get("MIN_NOTIONAL", _NO_FILTER)
    price, lot = by_type.get("PRICE_FILTER", _NO_FILTER), by_type.get("LOT_SIZE", _NO_FILTER)
    return TradingRules.parse(price.tick_size, lot.step_size, lot.min_qty, notional.min_notional)
