"""Bybit's answers, from bytes to rows."""

import json
from decimal import Decimal
from typing import Any

import pytest

from adapters.bybit.messages import book_tickers_in, instruments_in
from domain.rates.instruments import Instruments
from domain.rates.trading_rules import NO_RULES, TradingRules
from tests.unit.adapters.parsing import parsed, recorded

NOON = 1_700_000_000.0
ROW = {"symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "status": "Trading"}
RULES = {
    "lotSizeFilter": {"basePrecision": "0.000001", "minOrderQty": "0.00004", "minOrderAmt": "5"},
    "priceFilter": {"tickSize": "0.01"},
}


def listed(*rows: dict[str, Any]) -> Instruments:
    return parsed(instruments_in(json.dumps({"retCode": 0, "result": {"list": rows}}).encode(), NOON))


def test_a_listing_has_each_pair_s_trading_rules() -> None:
    assert listed(ROW | RULES).instrument("BTCUSDT").rules == TradingRules(
        tick_size=Decimal("0.01"),
        lot_size=Decimal("0.000001"),
        min_quantity=Decimal("0.00004"),
        min_notional=Decimal(5),
    )


@pytest.mark.parametrize("odd", [None, 7, [], {}, "x", {"tickSize": -1, "minOrderQty": []}], ids=str)
def test_odd_rules_cost_a_pair_its_rules_and_nothing_else(odd: object) -> None:
    assert listed(ROW | dict.fromkeys(RULES, odd)).instrument("BTCUSDT").rules == NO_RULES


@pytest.mark.parametrize("status", ["PreLaunch", "Delivering", "Closed", "a new one"])
def test_only_pairs_that_trade_can_be_traded(status: str) -> None:
    made = listed(ROW, ROW | {"symbol": "ETHUSDT", "baseCoin": "ETH", "status": status})
    assert [each.symbol for each in made] == ["BTCUSDT"]


@pytest.mark.parametrize(
    ("kind", "is_listed"), [("innovation", True), ("adventure", True), ("xstocks", False), ("a new one", False)]
)
def test_only_coins_are_listed(kind: str, *, is_listed: bool) -> None:
    made = listed(ROW, ROW | {"symbol": "XUSDT", "baseCoin": "X", "symbolType": kind})
    assert ("XUSDT" in {each.symbol for each in made}) is is_listed


def test_the_documented_pairs_and_tickers_of_today_are_read() -> None:
    made = parsed(instruments_in(recorded("bybit/instruments-info_2026_example.json"), NOON))
    assert [each.symbol for each in made] == ["BTCUSDT", "ETHUSDT"]
    assert made.instrument("ETHUSDT").rules.min_notional == Decimal(10)
    books = parsed(book_tickers_in(recorded("bybit/tickers_example.json"), 1_673_859_187.947))
    book = books.by_symbol["BTCUSDT"]
    assert (book.bid, book.ask) == (Decimal("20517.96"), Decimal("20527.77"))
    assert books.lag_seconds == pytest.approx(100)
