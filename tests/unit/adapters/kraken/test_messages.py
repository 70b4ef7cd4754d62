"""Kraken's answers, from bytes to rows."""

import json
from decimal import Decimal
from typing import Any

import pytest

from adapters.kraken.messages import book_tickers_in, errors_in, instruments_in, names_in
from domain.rates.instruments import Instruments
from domain.rates.trading_rules import NO_RULES, TradingRules
from tests.unit.adapters.parsing import parsed, recorded

NOON = 1_700_000_000.0
NAMES = {"XXBT": "XBT", "ZUSD": "USD", "USDT": "USDT", "ETH2.S": "ETH2.S", "XXDG": "XDG", "AAPLx": "AAPLx"}

ROW: dict[str, Any] = {"base": "XXBT", "quote": "ZUSD", "status": "online"}
RULES: dict[str, Any] = {
    "pair_decimals": 2,
    "lot_decimals": 8,
    "ordermin": "0.00005",
    "costmin": "0.5",
    "tick_size": "0.1",
    "fees": [[0, 0.4], [10000, 0.35]],
    "fees_maker": [[0, 0.25], [10000, 0.2]],
}


def result(rows: object) -> bytes:
    return json.dumps({"error": [], "result": rows}).encode()


def listed(**rows: dict[str, Any]) -> Instruments:
    return parsed(instruments_in(result(rows), NOON, NAMES))


def test_a_listing_has_each_pair_s_trading_rules_and_the_fees_of_the_lowest_volume() -> None:
    assert listed(XXBTZUSD=ROW | RULES).instrument("XXBTZUSD").rules == TradingRules(
        tick_size=Decimal("0.1"),
        lot_size=Decimal("0.00000001"),
        min_quantity=Decimal("0.00005"),
        min_notional=Decimal("0.5"),
        maker_fee=Decimal("0.0025"),
        taker_fee=Decimal("0.004"),
    )


def test_without_a_tick_size_prices_have_as_many_decimals_as_the_pair() -> None:
    assert listed(XXBTZUSD=ROW | RULES | {"tick_size": None}).instrument("XXBTZUSD").rules.tick_size == Decimal("0.01")


@pytest.mark.parametrize("odd", [None, [], {}, "x", "NaN", "-1", -1, 10**9, [[]], [["x", "y"]]], ids=str)
def test_odd_rules_cost_a_pair_its_rules_and_nothing_else(odd: object) -> None:
    assert listed(XXBTZUSD=ROW | dict.fromkeys(RULES, odd)).instrument("XXBTZUSD").rules == NO_RULES


def test_codes_of_assets_are_looked_up_and_never_cut() -> None:
    altnames = {"XXBT": "XBT", "XXDG": "XDG", "ZUSD": "USD", "XTZ": "XTZ", "LUNA": "LUNA", "LUNA2": "LUNA2"}
    names = parsed(names_in(result({code: {"altname": name} for code, name in altnames.items()})))
    assert names == altnames


def test_kraken_s_own_names_of_bitcoin_and_dogecoin_are_second_names() -> None:
    both = listed(XXBTZUSD=ROW, XDGUSD=ROW | {"base": "XXDG"})
    assert both.aliases == {"XBT": "BTC", "XDG": "DOGE"}
    assert listed(XXBTZUSD=ROW).aliases == {"XBT": "BTC"}


@pytest.mark.parametrize("status", ["cancel_only", "post_only", "limit_only", "reduce_only", "a new one", None])
def test_only_pairs_that_are_online_can_be_traded(status: str | None) -> None:
    other = {"base": "XXBT", "quote": "USDT"} if status is None else {"base": "XXBT", "quote": "USDT", "status": status}
    assert [each.symbol for each in listed(XXBTZUSD=ROW, XBTUSDT=other)] == ["XXBTZUSD"]


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("XXBTZUSD.d", ROW),
        ("ETH2.SUSD", ROW | {"base": "ETH2.S"}),
        ("AAPLxUSD", ROW | {"base": "AAPLx", "aclass_base": "tokenized_asset"}),
        ("NEWUSD", ROW | {"base": "NEW"}),
    ],
    ids=["a dark pool", "a staked asset", "a share", "an asset without a name"],
)
def test_what_is_no_pair_of_currencies_with_a_public_book_is_left_out(key: str, row: dict[str, Any]) -> None:
    assert [each.symbol for each in listed(XBTUSDT=ROW | {"quote": "USDT"}, **{key: row})] == ["XBTUSDT"]


def test_a_listing_is_rejected_if_many_of_its_assets_have_no_name() -> None:
    rows = {f"X{number}USD": ROW | {"base": f"X{number}"} for number in range(200)}
    with pytest.raises(ValueError, match="180 of 200 pairs have assets without a name"):
        parsed(instruments_in(result(rows), NOON, NAMES | {f"X{number}": f"X{number}" for number in range(20)}))


def test_the_first_number_of_a_side_is_its_price() -> None:
    books = {
        "XXBTZUSD": {"a": ["105944.30000", "1", "1.000"], "b": ["105944.20000", "2", "2.000"]},
        "DEAD": {"a": [], "b": []},
    }
    book = parsed(book_tickers_in(result(books), NOON)).by_symbol["XXBTZUSD"]
    assert (str(book.bid), str(book.ask)) == ("105944.20000", "105944.30000")


@pytest.mark.parametrize(
    ("text", "errors"), [('{"error":[]}', []), ('{"result":1,"error":["EService:Busy"]}', ["EService:Busy"])]
)
def test_errors_are_read_whatever_else_there_is(text: str, errors: list[str]) -> None:
    assert errors_in(text.encode()) == errors


def test_the_recorded_listing_is_read_under_the_usual_names() -> None:
    """The recording is older than `status`."""
    rows = json.loads(recorded("kraken/AssetPairs_2021-04-17.json.gz"))["result"]
    names = parsed(names_in(recorded("kraken/Assets.json.gz")))
    made = parsed(instruments_in(result({key: row | {"status": "online"} for key, row in rows.items()}), NOON, names))
    usual = {"XBT": "BTC", "XDG": "DOGE", "REP": "REPV1", "REPV2": "REP"}
    shown = {
        key: [usual.get(name, name) for name in row["wsname"].split("/")]
        for key, row in rows.items()
        if "wsname" in row
    }
    wanted = {key: pair for key, pair in shown.items() if "ETH2.S" not in pair}
    assert {each.symbol: [each.pair.base, each.pair.quote] for each in made} == wanted
    assert len(made) == 292
    for each in made:
        row = rows[each.symbol]
        assert each.rules.lot_size == Decimal(1).scaleb(-row["lot_decimals"])
        assert each.rules.min_quantity == Decimal(row["ordermin"])
        assert each.rules.taker_fee == Decimal(str(row["fees"][0][1])) / 100


def test_the_documented_pair_and_ticker_of_today_are_read() -> None:
    names = {"XXBT": "BTC", "USDT": "USDT"}
    made = parsed(instruments_in(recorded("kraken/AssetPairs_2026_example.json"), NOON, names))
    rules = made.instrument("XBTUSDT").rules
    assert (rules.tick_size, rules.min_notional, rules.taker_fee) == (Decimal("0.1"), Decimal("0.5"), Decimal("0.004"))
    book = parsed(book_tickers_in(recorded("kraken/Ticker_example.json"), NOON)).by_symbol["XBTUSDT"]
    assert (book.bid, book.ask) == (Decimal("105944.2"), Decimal("105944.3"))
