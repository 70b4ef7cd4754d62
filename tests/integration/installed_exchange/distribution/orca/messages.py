"""Orca's answers: rows in an object by their keys, errors under HTTP 200, and field names of its own."""

from collections.abc import Generator
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from adapters.rest.rows import KeyedRowsDecoder, decode_leniently
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments
from domain.rates.lag import as_old_as_told
from domain.rates.trading_rules import TradingRules

NAME = "orca"

Rows = TypeVar("Rows")
Fees = list[tuple[int, Decimal]]  # the volume from which a tier applies, and its fee in percent


class _Head(msgspec.Struct):
    error: list[str]


class _Pair(msgspec.Struct):
    altname: str
    base: str
    quote: str
    status: str
    lot_decimals: int
    tick_size: str
    ordermin: str
    costmin: str
    fees: Fees
    fees_maker: Fees

    def rules(self, fee_tier: int) -> TradingRules:
        maker, taker = self.fees_maker[fee_tier][1] / 100, self.fees[fee_tier][1] / 100
        lot_size = str(Decimal(1).scaleb(-self.lot_decimals))
        return TradingRules.parse(self.tick_size, lot_size, self.ordermin, self.costmin, str(maker), str(taker))


class _Ticker(msgspec.Struct):
    a: tuple[str, str, str]  # price and two volumes
    b: tuple[str, str, str]


class _Answer(msgspec.Struct, Generic[Rows]):
    result: Rows


class _TickersAnswer(msgspec.Struct, Generic[Rows]):
    time: float  # in Unix seconds, when its prices were true
    result: Rows


_HEAD = msgspec.json.Decoder(_Head)
_PAIRS: KeyedRowsDecoder[_Answer[Any], _Pair] = KeyedRowsDecoder(_Answer, _Pair, ("result",))
_TICKERS: KeyedRowsDecoder[_TickersAnswer[Any], _Ticker] = KeyedRowsDecoder(_TickersAnswer, _Ticker, ("result",))


def errors_in(body: bytes) -> list[str]:
    return decode_leniently(_HEAD, body).error


def instruments_in(body: bytes, observed_at: float, fee_tier: int) -> Generator[None, None, Instruments]:
    _, rows = yield from _PAIRS.in_steps(body)
    online = {key: row for key, row in rows.items() if row.status == "online"}
    halted = [(key, row.base, row.quote) for key, row in rows.items() if row.status != "online"]
    listed = [(key, row.base, row.quote) for key, row in online.items()]
    rules = {key: row.rules(fee_tier) for key, row in online.items()}
    return Instruments.of(NAME, listed, observed_at, halted=halted, rules=rules)


def book_tickers_in(body: bytes, observed_at: float) -> Generator[None, None, BookTickers]:
    document, rows = yield from _TICKERS.in_steps(body)
    bids, asks = [row.b[0] for row in rows.values()], [row.a[0] for row in rows.values()]
    prices = yield from Prices.in_steps(list(rows), bids, asks)
    return as_old_as_told(BookTickers(NAME, prices, observed_at), document.time)
