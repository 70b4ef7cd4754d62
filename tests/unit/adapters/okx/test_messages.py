"""OKX's answers, from bytes to rows."""

import json
from decimal import Decimal
from typing import Any

import pytest

from adapters.okx.messages import book_tickers_in, instruments_in
from domain.rates.instruments import Instruments
from domain.rates.trading_rules import NO_RULES, TradingRules
from tests.unit.adapters.parsing import parsed, recorded

NOON = 1_700_000_000.0
ROW = {"instId": "BTC-USDT", "baseCcy": "BTC", "quoteCcy": "USDT", "state": "live"}
RULES = {"tickSz": "0.1", "lotSz": "0.00000001", "minSz": "0.00001"}


def listed(*rows: dict[str, Any]) -> Instruments:
    return parsed(instruments_in(json.dumps({"code": "0", "data": rows}).encode(), NOON))


def test_a_listing_has_each_pair_s_trading_rules() -> None:
    assert listed(ROW | RULES).instrument("BTC-USDT").rules == TradingRules(
        tick_size=Decimal("0.1"), lot_size=Decimal("0.00000001"), min_quantity=Decimal("0.00001")
    )


@pytest.mark.parametrize("odd", [None, 7, [], {}, "x", "NaN", "-1"], ids=str)
def test_odd_rules_cost_a_pair_its_rules_and_nothing_else(odd: object) -> None:
    assert listed(ROW | dict.fromkeys(RULES, odd)).instrument("BTC-USDT").rules == NO_RULES


@pytest.mark.parametrize("state", ["suspend", "preopen", "test", "expired", "a new one"])
def test_only_live_pairs_can_be_traded(state: str) -> None:
    made = listed(ROW, ROW | {"instId": "ETH-USDT", "baseCcy": "ETH", "state": state})
    assert [each.symbol for each in made] == ["BTC-USDT"]


def test_the_recorded_listing_is_read_with_rules_for_every_pair() -> None:
    body = recorded("okx/instruments_SPOT_2022-05-13.json.gz")
    rows = {row["instId"]: row for row in json.loads(body)["data"]}
    made = parsed(instruments_in(body, NOON))
    assert {each.symbol for each in made} == {key for key, row in rows.items() if row["state"] == "live"}
    assert len(made) > 500
    for each in made:
        row = rows[each.symbol]
        own = {"BTT": "BTTC", "ERN": "ERN.TOKEN", "RON": "RON.TOKEN", "SOS": "SOS.TOKEN"}
        names = [own.get(row[name], row[name]) for name in ("baseCcy", "quoteCcy")]
        assert [each.pair.base, each.pair.quote] == names
        steps = each.rules.tick_size, each.rules.lot_size, each.rules.min_quantity
        assert steps == tuple(Decimal(row[name]) for name in ("tickSz", "lotSz", "minSz"))


def test_the_documented_pairs_and_tickers_of_today_are_read() -> None:
    made = parsed(instruments_in(recorded("okx/instruments_2026_example.json"), NOON))
    assert {"BTC-USD", "ETH-USD"} <= {each.symbol for each in made}
    books = parsed(book_tickers_in(recorded("okx/tickers_example.json"), 1_597_026_390.0))
    assert {str(book.bid) for book in books.by_symbol.values()} == {"8888.88"}
    assert (books.observed_at, books.lag_seconds) == (1_597_026_390.0, 0)
