"""Parses OKX's answers, without I/O: from bytes to rows, in steps between which the caller can yield."""

from collections.abc import Generator
from typing import Any, Generic, TypeVar

import msgspec

from adapters.okx import NAME
from adapters.rest.rows import RowsDecoder, decode_leniently
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments
from domain.rates.lag import as_old_as_told
from domain.rates.order_book import OrderBook
from domain.rates.trading_rules import TradingRules

# Each ticker has the time of its last change. Among hundreds of pairs, one changed within these seconds.
NEWEST_CHANGED_WITHIN_SECONDS = 5.0

# From 2001 to 2286: milliseconds with another number of digits are no time.
_TIME_DIGITS = 13

Rows = TypeVar("Rows")


class _Head(msgspec.Struct):
    code: str


class _Data(msgspec.Struct, Generic[Rows]):
    data: Rows


class _Instrument(msgspec.Struct, rename="camel", gc=False):
    inst_id: str
    base_ccy: str
    quote_ccy: str
    state: str
    tick_sz: Any = None  # untyped: a bad rule must not cost the pair
    lot_sz: Any = None
    min_sz: Any = None

    @property
    def names(self) -> tuple[str, str, str]:
        return self.inst_id, self.base_ccy, self.quote_ccy

    @property
    def rules(self) -> TradingRules:
        return TradingRules.parse(self.tick_sz, self.lot_sz, self.min_sz, None)


class _Book(msgspec.Struct, gc=False):
    bids: list[tuple[str, str, Any, Any]]  # price, size, a number that is always 0, and the number of orders
    asks: list[tuple[str, str, Any, Any]]
    ts: Any = None


class _Ticker(msgspec.Struct, rename="camel", gc=False):
    inst_id: str
    bid_px: str | None
    ask_px: str | None
    ts: Any = None


_HEAD = msgspec.json.Decoder(_Head)
_BOOK = msgspec.json.Decoder(_Data[tuple[_Book]])
_INSTRUMENTS: RowsDecoder[_Data[Any], _Instrument] = RowsDecoder(_Data, _Instrument, ("data",))
_TICKERS: RowsDecoder[_Data[Any], _Ticker] = RowsDecoder(_Data, _Ticker, ("data",))


def code_in(body: bytes) -> str:
    """Return the code in the body, which is "0" on success. Raises `msgspec.DecodeError`."""
    return decode_leniently(_HEAD, body).code


def instruments_in(body: bytes, observed_at: float) -> Generator[None, None, Instruments]:
    """Parse all spot instruments; those that are not `live` are suspended or not open yet.

    Raises `ValueError` or `NothingTradable`.
    """
    _, rows = yield from _INSTRUMENTS.in_steps(body)
    live = [row for row in rows if row.state == "live"]
    halted = [row.names for row in rows if row.state != "live"]
    rules = {row.inst_id: row.rules for row in live}
    yield
    return Instruments.of(NAME, [row.names for row in live], observed_at, halted=halted, rules=rules)


def book_tickers_in(body: bytes, observed_at: float) -> Generator[None, None, BookTickers]:
    """Parse all spot tickers, as old as the newest of them; a side without orders is empty.

    Raises `ValueError` or `NothingTradable`.
    """
    _, rows = yield from _TICKERS.in_steps(body)
    quoted = [row for row in rows if row.bid_px and row.ask_px]
    bids, asks = [row.bid_px or "" for row in quoted], [row.ask_px or "" for row in quoted]
    prices = yield from Prices.in_steps([row.inst_id for row in quoted], bids, asks)
    book_tickers = BookTickers(NAME, prices, observed_at)
    newest = max((row.ts for row in rows if _is_time(row.ts)), default=None)
    if newest is None:
        return book_tickers
    return as_old_as_told(book_tickers, int(newest) / 1000, NEWEST_CHANGED_WITHIN_SECONDS)


def order_book_in(body: bytes, symbol: str, observed_at: float) -> Generator[None, None, OrderBook]:
    """Parse books, as old as their own time says. Raises `ValueError` or `InvalidBook`."""
    (data,) = _BOOK.decode(body).data
    bids, asks = ([(level[0], level[1]) for level in side] for side in (data.bids, data.asks))
    book = yield from OrderBook.in_steps(NAME, symbol, (bids, asks), observed_at)
    return as_old_as_told(book, int(data.ts) / 1000) if _is_time(data.ts) else book


def _is_time(text: object) -> bool:
    return isinstance(text, str) and len(text) == _TIME_DIGITS and text.isascii() and text.isdigit()
