"""Coinbase's answers, from bytes to rows."""

import json
from decimal import Decimal

from adapters.coinbase.messages import instruments_in, names_in
from domain.rates.trading_rules import NO_RULES, TradingRules
from tests.unit.adapters.parsing import parsed, recorded

NOON = 1_700_000_000.0
ROW = {"id": "BTC-USD", "base_currency": "BTC", "quote_currency": "USD", "status": "online"}
RULES = {"quote_increment": "0.01", "base_increment": "0.00000001", "min_market_funds": "1"}


def test_a_listing_has_each_product_s_trading_rules_and_a_bad_rule_costs_only_itself() -> None:
    rows = [ROW | RULES, ROW | {"id": "BTC-EUR", "quote_currency": "EUR", "quote_increment": 7}]
    instruments = parsed(instruments_in(json.dumps(rows).encode(), NOON))
    assert instruments.instrument("BTC-USD").rules == TradingRules(
        tick_size=Decimal("0.01"), lot_size=Decimal("0.00000001"), min_notional=Decimal(1)
    )
    assert instruments.instrument("BTC-EUR").rules == NO_RULES


def test_the_recorded_listing_is_read_whole() -> None:
    instruments = parsed(instruments_in(recorded("coinbase/products_2021-04-17.json.gz"), NOON))
    assert len(instruments) == 162
    assert {each.symbol for each in instruments if each.pair.base == "CELO"} >= {"CGLD-USD", "CGLD-BTC"}
    assert instruments.instrument("SKL-EUR").rules.min_quantity == 5


def test_names_are_by_code() -> None:
    assert parsed(names_in(b'[{"id":"ADA","name":"Cardano"},{"id":"ETH","name":"Ether"}]')) == {
        "ADA": "Cardano",
        "ETH": "Ether",
    }
