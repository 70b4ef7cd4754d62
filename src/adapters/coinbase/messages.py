"""Parses Coinbase's answers, without I/O: from bytes to rows, in steps between which the caller can yield."""

from collections.abc import Generator
from typing import Any

import msgspec

from adapters.coinbase import NAME
from adapters.coinbase.times import unix_seconds
from adapters.rest.rows import RowsDecoder
from domain.rates.instruments import Instruments
from domain.rates.lag import as_old_as_told
from domain.rates.order_book import OrderBook
from domain.rates.trading_rules import TradingRules

# Level 2 is the whole book, of tens of thousands of levels; so many of each side are used.
LEVELS = 500


class _Product(msgspec.Struct, gc=False):
    id: str
    base_currency: str
    quote_currency: str
    status: str
    trading_disabled: bool = False
    cancel_only: bool = False
    post_only: bool = False
    auction_mode: bool = False
    quote_increment: Any = None  # untyped, as all rules: a bad one must not cost the pair
    base_increment: Any = None
    base_min_size: Any = None
    min_market_funds: Any = None

    @property
    def is_tradable(self) -> bool:
        """Whether an order can be matched at once; with `limit_only`, one with a limit can."""
        is_barred = self.trading_disabled or self.cancel_only or self.post_only or self.auction_mode
        return self.status == "online" and not is_barred

    @property
    def names(self) -> tuple[str, str, str]:
        return self.id, self.base_currency, self.quote_currency

    @property
    def rules(self) -> TradingRules:
        return TradingRules.parse(self.quote_increment, self.base_increment, self.base_min_size, self.min_market_funds)


class _Currency(msgspec.Struct, gc=False):
    id: str
    name: str


class _Book(msgspec.Struct, gc=False):
    bids: list[msgspec.Raw]
    asks: list[msgspec.Raw]
    time: str | None = None
    auction_mode: bool = False


_PRODUCTS: RowsDecoder[list[Any], _Product] = RowsDecoder(None, _Product)
_CURRENCIES: RowsDecoder[list[Any], _Currency] = RowsDecoder(None, _Currency)
_BOOK = msgspec.json.Decoder(_Book)
_LEVEL = msgspec.json.Decoder(tuple[str, str, Any])  # price, size and the number of orders


def instruments_in(body: bytes, observed_at: float) -> Generator[None, None, Instruments]:
    """Parse all products. Raises `ValueError` or `NothingTradable`."""
    _, rows = yield from _PRODUCTS.in_steps(body)
    tradable = [row.names for row in rows if row.is_tradable]
    halted = [row.names for row in rows if not row.is_tradable]
    yield
    rules = {row.id: row.rules for row in rows if row.is_tradable}
    yield
    return Instruments.of(NAME, tradable, observed_at, halted=halted, rules=rules)


def names_in(body: bytes) -> Generator[None, None, dict[str, str]]:
    """Parse the names of all currencies, by their codes. Raises `ValueError`."""
    _, rows = yield from _CURRENCIES.in_steps(body)
    return {row.id: row.name for row in rows}


def order_book_in(body: bytes, symbol: str, observed_at: float) -> Generator[None, None, OrderBook]:
    """Parse the best levels of a book, as old as its own time says. Raises `ValueError` or `InvalidBook`."""
    data = _BOOK.decode(body)
    yield
    if data.auction_mode:
        raise ValueError("in an auction, its order book only indicates prices")
    bids, asks = (
        [(level[0], level[1]) for level in map(_LEVEL.decode, side[:LEVELS])] for side in (data.bids, data.asks)
    )
    book = yield from OrderBook.in_steps(NAME, symbol, (bids, asks), observed_at)
    return book if data.time is None else as_old_as_told(book, unix_seconds(data.time))
