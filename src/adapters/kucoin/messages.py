"""Parses KuCoin's answers, without I/O: from bytes to rows, in steps between which the caller can yield."""

from collections.abc import Generator
from typing import Any, Generic, TypeVar

import msgspec

from adapters.kucoin import NAME
from adapters.rest.rows import RowsDecoder, decode_leniently
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments
from domain.rates.lag import as_old_as_told
from domain.rates.order_book import OrderBook
from domain.rates.trading_rules import TradingRules

# Snapshots have KuCoin's time; if that is further in the future than this, one of the two clocks is wrong.
CLOCK_TOLERANCE_SECONDS = 60.0

SNAPSHOT_EVERY_SECONDS = 2.0

Rows = TypeVar("Rows")


class _Head(msgspec.Struct):
    code: str


class _Symbol(msgspec.Struct, rename="camel", gc=False):
    symbol: str
    base_currency: str
    quote_currency: str
    enable_trading: bool
    name: Any = None
    price_increment: Any = None  # untyped: a bad rule must not cost the pair
    base_increment: Any = None
    base_min_size: Any = None
    min_funds: Any = None
    quote_min_size: Any = None
    maker_fee_coefficient: Any = None
    taker_fee_coefficient: Any = None
    callauction_is_enabled: Any = None

    @property
    def is_tradable(self) -> bool:
        """Whether orders meet at once. In the call auction before a coin's first trade, the best prices are none."""
        return self.enable_trading and self.callauction_is_enabled is not True

    @property
    def alias(self) -> tuple[str, str] | None:
        """The base's second name and its code: after a rebranding, `name` has the new one, and the code the old."""
        ending = f"-{self.quote_currency}"
        if not isinstance(self.name, str) or not self.name.endswith(ending) or self.name == self.symbol:
            return None
        shown = self.name.removesuffix(ending)
        return None if shown == self.base_currency else (shown, self.base_currency)

    @property
    def names(self) -> tuple[str, str, str]:
        return self.symbol, self.base_currency, self.quote_currency

    @property
    def rules(self) -> TradingRules:
        min_notional = self.quote_min_size if self.min_funds is None else self.min_funds
        limits = self.price_increment, self.base_increment, self.base_min_size, min_notional
        return TradingRules.parse(*limits, None, None, self.maker_fee_coefficient, self.taker_fee_coefficient)


class _Symbols(msgspec.Struct, Generic[Rows]):
    data: Rows


class _Ticker(msgspec.Struct, gc=False):
    symbol: str
    buy: str | None
    sell: str | None


class _Snapshot(msgspec.Struct, Generic[Rows]):
    time: int
    ticker: Rows


class _AllTickers(msgspec.Struct, Generic[Rows]):
    data: _Snapshot[Rows]


class _Currency(msgspec.Struct, rename="camel", gc=False):
    currency: str
    full_name: str


class _Currencies(msgspec.Struct, Generic[Rows]):
    data: Rows


class _Levels(msgspec.Struct, gc=False):
    time: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class _Level2(msgspec.Struct):
    data: _Levels


_HEAD = msgspec.json.Decoder(_Head)
_LEVEL2 = msgspec.json.Decoder(_Level2)
_LISTING: RowsDecoder[_Symbols[Any], _Symbol] = RowsDecoder(_Symbols, _Symbol, ("data",))
_BOOKS: RowsDecoder[_AllTickers[Any], _Ticker] = RowsDecoder(_AllTickers, _Ticker, ("data", "ticker"))

_NAMES: RowsDecoder[_Currencies[Any], _Currency] = RowsDecoder(_Currencies, _Currency, ("data",))


def code_in(body: bytes) -> str:
    """Return the code in the body, which says whether the request succeeded. Raises `msgspec.DecodeError`."""
    return decode_leniently(_HEAD, body).code


def instruments_in(body: bytes, observed_at: float) -> Generator[None, None, Instruments]:
    """Parse all symbols, by `symbol`, which never changes; `name` does, and gives second names to the codes.

    Raises `ValueError` or `NothingTradable`.
    """
    _, rows = yield from _LISTING.in_steps(body)
    tradable = [row.names for row in rows if row.is_tradable]
    halted = [row.names for row in rows if not row.is_tradable]
    rules = {row.symbol: row.rules for row in rows if row.is_tradable}
    yield
    aliases = {alias for row in rows if (alias := row.alias) is not None}
    return Instruments.of(NAME, tradable, observed_at, halted=halted, rules=rules, aliases=aliases)


def book_tickers_in(body: bytes, observed_at: float, now: float) -> Generator[None, None, BookTickers]:
    """Parse a snapshot of all tickers, as old as its own time says; dead markets have null or "0".

    Raises `ValueError` or `NothingTradable`.
    """
    document, rows = yield from _BOOKS.in_steps(body)
    told_at = _told_at(document.data.time, now)
    rows = [row for row in rows if row.buy and row.sell]
    bids, asks = [row.buy or "" for row in rows], [row.sell or "" for row in rows]
    prices = yield from Prices.in_steps([row.symbol for row in rows], bids, asks)
    return as_old_as_told(BookTickers(NAME, prices, observed_at), told_at, SNAPSHOT_EVERY_SECONDS)


def names_in(body: bytes) -> Generator[None, None, dict[str, str]]:
    """Parse the names of all currencies, by `currency`, which is what listings call them. Raises `ValueError`."""
    _, rows = yield from _NAMES.in_steps(body)
    return {row.currency: row.full_name for row in rows}


def order_book_in(body: bytes, symbol: str, observed_at: float, now: float) -> Generator[None, None, OrderBook]:
    """Parse level 2, as old as its own time says; it is null for an unknown symbol.

    Raises `ValueError` or `InvalidBook`.
    """
    data = _LEVEL2.decode(body).data
    book = yield from OrderBook.in_steps(NAME, symbol, (data.bids, data.asks), observed_at)
    return as_old_as_told(book, _told_at(data.time, now))


def _told_at(milliseconds: int, now: float) -> float:
    told_at = milliseconds / 1000
    if told_at - now > CLOCK_TOLERANCE_SECONDS:
        raise ValueError(f"the snapshot is {told_at - now:.0f} s ahead of this machine's clock")
    return told_at
