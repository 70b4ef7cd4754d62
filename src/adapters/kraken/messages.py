"""Parses Kraken's answers, without I/O: from bytes to rows, in steps between which the caller can yield."""

from collections.abc import Generator, Mapping
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from adapters.kraken import NAME
from adapters.rest.rows import MAX_BAD_SHARE, MIN_ROWS_JUDGED, KeyedRowsDecoder, decode_leniently
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook
from domain.rates.trading_rules import TradingRules

# More decimals than this are no step of a price or a quantity.
MAX_DECIMALS = 30

# Dark pools have no public book.
_DARK_POOL = ".d"

# ETH2.S is staked, USD.M earns interest: claims on an asset that are not the asset.
_CLAIM = "."

_CURRENCY = "currency"  # the class of assets beside which Kraken lists shares of companies

Rows = TypeVar("Rows")


class _Head(msgspec.Struct):
    error: list[str]


class _Result(msgspec.Struct, Generic[Rows]):
    result: Rows


class _Asset(msgspec.Struct, gc=False):
    altname: str


class _AssetPair(msgspec.Struct, gc=False):
    base: str
    quote: str
    status: str = ""
    aclass_base: str = _CURRENCY
    aclass_quote: str = _CURRENCY
    tick_size: Any = None  # untyped, as all below: a bad rule must not cost the pair
    pair_decimals: Any = None
    lot_decimals: Any = None
    ordermin: Any = None
    costmin: Any = None
    fees: msgspec.Raw = msgspec.Raw(b"[]")
    fees_maker: msgspec.Raw = msgspec.Raw(b"[]")

    @property
    def is_currency_pair(self) -> bool:
        return self.aclass_base == self.aclass_quote == _CURRENCY

    @property
    def rules(self) -> TradingRules:
        tick_size = _step(self.pair_decimals) if self.tick_size is None else self.tick_size
        limits = tick_size, _step(self.lot_decimals), self.ordermin, self.costmin
        return TradingRules.parse(*limits, _highest(self.fees_maker), _highest(self.fees))


class _Named(msgspec.Struct, gc=False):
    wsname: str


class _Depth(msgspec.Struct, gc=False):
    bids: list[tuple[str, str, Any]]  # price, volume and the time of the change
    asks: list[tuple[str, str, Any]]


class _Ticker(msgspec.Struct, gc=False):
    a: list[str]  # price, whole lots and lots
    b: list[str]


_HEAD = msgspec.json.Decoder(_Head)
_ASSETS: KeyedRowsDecoder[_Result[Any], _Asset] = KeyedRowsDecoder(_Result, _Asset, ("result",))
_PAIRS: KeyedRowsDecoder[_Result[Any], _AssetPair] = KeyedRowsDecoder(_Result, _AssetPair, ("result",))
_NAMED: KeyedRowsDecoder[_Result[Any], _Named] = KeyedRowsDecoder(_Result, _Named, ("result",))
_TICKERS: KeyedRowsDecoder[_Result[Any], _Ticker] = KeyedRowsDecoder(_Result, _Ticker, ("result",))
_DEPTH = msgspec.json.Decoder(_Result[dict[str, _Depth]])
_FEES = msgspec.json.Decoder(list[tuple[Decimal, Decimal]])  # the volume from which a fee applies, and its percentage


def errors_in(body: bytes) -> list[str]:
    """Return the errors, such as `EService:Unavailable`, none on success. Raises `msgspec.DecodeError`."""
    return decode_leniently(_HEAD, body).error


def names_in(body: bytes) -> Generator[None, None, dict[str, str]]:
    """Parse all assets: Kraken's tickers by its codes, such as XBT by XXBT.

    Only old codes start with an X or a Z that is no part of the name, so they are looked up and never cut.
    """
    _, rows = yield from _ASSETS.in_steps(body)
    return {code: row.altname for code, row in rows.items()}


def stream_names_in(body: bytes) -> Generator[None, None, dict[str, str]]:
    """Parse what streams call all pairs, by key, such as XBT/USD for XXBTZUSD. Raises `ValueError`."""
    _, rows = yield from _NAMED.in_steps(body)
    return {key: row.wsname for key, row in rows.items() if not key.endswith(_DARK_POOL)}


def instruments_in(body: bytes, observed_at: float, names: Mapping[str, str]) -> Generator[None, None, Instruments]:
    """Parse all pairs, by key, under the names of `names_in`. Raises `ValueError` or `NothingTradable`."""
    _, rows = yield from _PAIRS.in_steps(body)
    pairs = {key: row for key, row in rows.items() if row.is_currency_pair and not key.endswith(_DARK_POOL)}
    yield
    named = {key: (key, names[row.base], names[row.quote]) for key, row in pairs.items() if _is_named(row, names)}
    unnamed = len(pairs) - len(named)
    if unnamed > MAX_BAD_SHARE * len(pairs) and len(pairs) >= MIN_ROWS_JUDGED:
        raise ValueError(f"{unnamed} of {len(pairs)} pairs have assets without a name")
    listed = {key: row for key, row in named.items() if not any(_CLAIM in ticker for ticker in row[1:])}
    tradable = {key: row for key, row in listed.items() if pairs[key].status == "online"}
    halted = [row for key, row in listed.items() if key not in tradable]
    yield
    rules = {key: pairs[key].rules for key in tradable}
    return Instruments.of(NAME, tradable.values(), observed_at, halted=halted, rules=rules)


def book_tickers_in(body: bytes, observed_at: float) -> Generator[None, None, BookTickers]:
    """Parse the tickers of all pairs, which contain no time. Raises `ValueError` or `NothingTradable`."""
    _, rows = yield from _TICKERS.in_steps(body)
    symbols = [key for key, row in rows.items() if row.a and row.b]
    bids, asks = [rows[key].b[0] for key in symbols], [rows[key].a[0] for key in symbols]
    prices = yield from Prices.in_steps(symbols, bids, asks)
    return BookTickers(NAME, prices, observed_at)


def order_book_in(body: bytes, symbol: str, observed_at: float) -> Generator[None, None, OrderBook]:
    """Parse Depth, whose levels have times but which has none itself. Raises `ValueError` or `InvalidBook`."""
    books = list(_DEPTH.decode(body).result.values())
    if len(books) != 1:
        raise ValueError(f"{len(books)} order books instead of one")
    bids, asks = ([(level[0], level[1]) for level in side] for side in (books[0].bids, books[0].asks))
    return (yield from OrderBook.in_steps(NAME, symbol, (bids, asks), observed_at))


def _is_named(row: _AssetPair, names: Mapping[str, str]) -> bool:
    return row.base in names and row.quote in names


def _step(decimals: object) -> str | None:
    """Return the smallest number of so many decimals."""
    return str(Decimal(1).scaleb(-decimals)) if isinstance(decimals, int) and 0 <= decimals <= MAX_DECIMALS else None


def _highest(schedule: msgspec.Raw) -> str | None:
    """Return the fee of who trades little, as a share, from a schedule in percent by volume."""
    try:
        tiers = _FEES.decode(schedule)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return str(min(tiers)[1] / 100) if tiers else None
