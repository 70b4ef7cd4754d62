"""Parses Bybit's answers, without I/O: from bytes to rows, in steps between which the caller can yield."""

from collections.abc import Generator
from typing import Any, Generic, TypeVar

import msgspec

from adapters.bybit import NAME
from adapters.rest.rows import RowsDecoder, decode_leniently
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments
from domain.rates.lag import as_old_as_told
from domain.rates.order_book import OrderBook
from domain.rates.trading_rules import TradingRules

# The types of coins. Beside them, Bybit lists shares as `xstocks` and more, under tickers that can be those of coins.
COINS = frozenset({"", "innovation", "adventure"})

Rows = TypeVar("Rows")


class _Head(msgspec.Struct, rename="camel"):
    ret_code: int


class _List(msgspec.Struct, Generic[Rows]):
    list: Rows


class _Result(msgspec.Struct, Generic[Rows]):
    result: _List[Rows]
    time: Any = None


class _LotSize(msgspec.Struct, rename="camel", gc=False):
    base_precision: Any = None  # untyped, as all rules: a bad one must not cost the pair
    min_order_qty: Any = None
    min_order_amt: Any = None


class _Price(msgspec.Struct, rename="camel", gc=False):
    tick_size: Any = None


class _Instrument(msgspec.Struct, rename="camel", gc=False):
    symbol: str
    base_coin: str
    quote_coin: str
    status: str
    symbol_type: str = ""
    lot_size_filter: msgspec.Raw = msgspec.Raw(b"{}")
    price_filter: msgspec.Raw = msgspec.Raw(b"{}")

    @property
    def is_tradable(self) -> bool:
        return self.status == "Trading"

    @property
    def names(self) -> tuple[str, str, str]:
        return self.symbol, self.base_coin, self.quote_coin

    @property
    def rules(self) -> TradingRules:
        try:
            lot, price = _LOT_SIZE.decode(self.lot_size_filter), _PRICE.decode(self.price_filter)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return TradingRules()
        return TradingRules.parse(price.tick_size, lot.base_precision, lot.min_order_qty, lot.min_order_amt)


class _Book(msgspec.Struct, gc=False):
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]
    ts: Any = None


class _BookResult(msgspec.Struct):
    result: _Book


class _Ticker(msgspec.Struct, gc=False):
    symbol: str
    bid1_price: str | None = msgspec.field(name="bid1Price")
    ask1_price: str | None = msgspec.field(name="ask1Price")


_HEAD = msgspec.json.Decoder(_Head)
_BOOK = msgspec.json.Decoder(_BookResult)
_LOT_SIZE = msgspec.json.Decoder(_LotSize)
_PRICE = msgspec.json.Decoder(_Price)
_INSTRUMENTS: RowsDecoder[_Result[Any], _Instrument] = RowsDecoder(_Result, _Instrument, ("result", "list"))
_TICKERS: RowsDecoder[_Result[Any], _Ticker] = RowsDecoder(_Result, _Ticker, ("result", "list"))


def code_in(body: bytes) -> int:
    """Return the code in the body, which is 0 on success. Raises `msgspec.DecodeError`."""
    return decode_leniently(_HEAD, body).ret_code


def instruments_in(body: bytes, observed_at: float) -> Generator[None, None, Instruments]:
    """Parse all spot pairs of coins. Raises `ValueError` or `NothingTradable`."""
    _, rows = yield from _INSTRUMENTS.in_steps(body)
    coins = [row for row in rows if row.symbol_type in COINS]
    tradable = [row.names for row in coins if row.is_tradable]
    halted = [row.names for row in coins if not row.is_tradable]
    yield
    rules = {row.symbol: row.rules for row in coins if row.is_tradable}
    yield
    return Instruments.of(NAME, tradable, observed_at, halted=halted, rules=rules)


def book_tickers_in(body: bytes, observed_at: float) -> Generator[None, None, BookTickers]:
    """Parse all spot tickers, as old as the time of the answer; a side without orders is empty.

    Raises `ValueError` or `NothingTradable`.
    """
    document, rows = yield from _TICKERS.in_steps(body)
    rows = [row for row in rows if row.bid1_price and row.ask1_price]
    bids, asks = [row.bid1_price or "" for row in rows], [row.ask1_price or "" for row in rows]
    prices = yield from Prices.in_steps([row.symbol for row in rows], bids, asks)
    book_tickers = BookTickers(NAME, prices, observed_at)
    told = document.time
    return as_old_as_told(book_tickers, told / 1000) if isinstance(told, int) else book_tickers


def order_book_in(body: bytes, symbol: str, observed_at: float) -> Generator[None, None, OrderBook]:
    """Parse orderbook, as old as its own time says. Raises `ValueError` or `InvalidBook`."""
    data = _BOOK.decode(body).result
    book = yield from OrderBook.in_steps(NAME, symbol, (data.b, data.a), observed_at)
    return as_old_as_told(book, data.ts / 1000) if isinstance(data.ts, int) else book
