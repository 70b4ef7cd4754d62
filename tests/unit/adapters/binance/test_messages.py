"""Binance's answers, from bytes to rows."""

import json
from decimal import Decimal
from typing import Any

import pytest

from adapters.binance.messages import book_tickers_in, instruments_in
from domain.rates.errors import NothingTradable
from domain.rates.instruments import Instruments
from domain.rates.trading_rules import NO_RULES, TradingRules
from tests.unit.adapters.parsing import parsed, recorded

NOON = 1_700_000_000.0

FILTERS = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000.00", "tickSize": "0.01"},
    {"filterType": "LOT_SIZE", "minQty": "0.00002", "maxQty": "9000", "stepSize": "0.00001"},
    {"filterType": "MARKET_LOT_SIZE", "minQty": "0", "maxQty": "169", "stepSize": "0"},
    {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True},
]
RULES = TradingRules(Decimal("0.01"), Decimal("0.00001"), Decimal("0.00002"), Decimal(5))


def listing(*filters: object) -> Instruments:
    """Parse a listing in which each pair, BTC against Q0, Q1 and so on, has these filters."""
    rows = [symbol(f"BTCQ{number}", "BTC", f"Q{number}", filters=each) for number, each in enumerate(filters)]
    return parsed(instruments_in(json.dumps({"symbols": rows}).encode(), NOON))


def symbol(name: str, base: str, quote: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- any JSON
    row = {"symbol": name, "status": "TRADING", "baseAsset": base, "quoteAsset": quote, "isSpotTradingAllowed": True}
    return row | more


def test_a_listing_has_each_pair_s_trading_rules() -> None:
    made = listing(FILTERS)
    assert (made.exchange, made.observed_at) == ("binance", NOON)
    assert made.instrument("BTCQ0").rules == RULES


def test_the_older_name_of_the_minimum_notional_is_understood() -> None:
    older = {"filterType": "MIN_NOTIONAL", "minNotional": "10", "applyToMarket": True}
    assert listing([older]).instrument("BTCQ0").rules == TradingRules(min_notional=Decimal(10))


def test_a_filter_that_is_switched_off_sets_no_rule() -> None:
    off = [{"filterType": "PRICE_FILTER", "tickSize": "0.00000000"}, {"filterType": "LOT_SIZE", "stepSize": "0"}]
    assert listing(off).instrument("BTCQ0").rules == NO_RULES


@pytest.mark.parametrize("odd", [None, 7, "x", {}, [7], [{"tickSize": "1"}], [{"filterType": "LOT_SIZE", "minQty": 1}]])
def test_odd_filters_cost_a_pair_its_rules_and_nothing_else(odd: object) -> None:
    made = listing(odd, FILTERS)
    assert [each.rules for each in made] == [NO_RULES, RULES]


def test_a_listing_without_a_tradable_pair_is_an_error() -> None:
    body = json.dumps({"symbols": [symbol("BTCUSDT", "BTC", "USDT", status="BREAK")]}).encode()
    with pytest.raises(NothingTradable):
        parsed(instruments_in(body, NOON))


def test_books_keep_the_exchange_s_own_digits() -> None:
    body = b'[{"symbol":"BTCUSDT","bidPrice":"1.10","bidQty":"1","askPrice":"1.20","askQty":"2"}]'
    made = parsed(book_tickers_in(body, NOON))
    assert (made.exchange, made.observed_at) == ("binance", NOON)
    assert (str(made.by_symbol["BTCUSDT"].bid), str(made.by_symbol["BTCUSDT"].ask)) == ("1.10", "1.20")


@pytest.mark.parametrize(("name", "count"), [("exchangeInfo", 1427), ("exchangeInfo_2024-09-08", 1248)])
def test_the_recorded_listings_are_read_with_rules_for_every_pair(name: str, count: int) -> None:
    body = recorded(f"binance/{name}.json.gz")
    rows = {row["symbol"]: row for row in json.loads(body)["symbols"]}
    made = parsed(instruments_in(body, NOON))
    assert len(made) == count
    for each in made:
        row = rows[each.symbol]
        filters = {each["filterType"]: each for each in row["filters"]}
        base = "ERN.TOKEN" if row["baseAsset"] == "ERN" else row["baseAsset"]
        assert (each.pair.base, each.pair.quote) == (base, row["quoteAsset"])
        assert each.rules == TradingRules(
            Decimal(filters["PRICE_FILTER"]["tickSize"]),
            Decimal(filters["LOT_SIZE"]["stepSize"]),
            Decimal(filters["LOT_SIZE"]["minQty"]),
            Decimal(filters["NOTIONAL"]["minNotional"]),
        )


def test_the_recorded_books_are_read_digit_by_digit() -> None:
    body = recorded("binance/ticker_bookTicker.json.gz")
    rows = {row["symbol"]: row for row in json.loads(body)}
    made = parsed(book_tickers_in(body, NOON))
    assert len(made.by_symbol) > 1400
    for symbol_, book in made.by_symbol.items():
        assert (book.bid, book.ask) == (Decimal(rows[symbol_]["bidPrice"]), Decimal(rows[symbol_]["askPrice"]))
    left_out = rows.keys() - made.by_symbol.keys()
    assert all(Decimal(rows[each]["bidPrice"]) == 0 or Decimal(rows[each]["askPrice"]) == 0 for each in left_out)


def test_rules_that_change_are_noticed() -> None:
    assert listing(FILTERS).instrument("BTCQ0").rules == RULES
    changed = [{"filterType": "PRICE_FILTER", "tickSize": "0.05"}, *FILTERS[1:]]
    assert listing(changed).instrument("BTCQ0").rules.tick_size == Decimal("0.05")
    assert listing(FILTERS).instrument("BTCQ0").rules == RULES
