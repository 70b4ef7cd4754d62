"""KuCoin's answers, from bytes to rows."""

import json
from decimal import Decimal
from typing import Any

import pytest

from adapters.kucoin.messages import CLOCK_TOLERANCE_SECONDS, book_tickers_in, code_in, instruments_in
from domain.rates.trading_rules import NO_RULES, TradingRules
from tests.unit.adapters.parsing import parsed, recorded

NOON = 1_700_000_000.0

ROW: dict[str, Any] = {
    "symbol": "BTC-USDT",
    "name": "BTC-USDT",
    "baseCurrency": "BTC",
    "quoteCurrency": "USDT",
    "enableTrading": True,
}
RULES = {
    "baseMinSize": "0.00001",
    "quoteMinSize": "0.01",
    "baseIncrement": "0.00000001",
    "priceIncrement": "0.1",
    "minFunds": "0.2",
    "makerFeeCoefficient": "1.00",
    "takerFeeCoefficient": "2.00",
}


def rules_of(row: dict[str, Any]) -> TradingRules:
    body = json.dumps({"code": "200000", "data": [row]}).encode()
    return parsed(instruments_in(body, NOON)).instrument("BTC-USDT").rules


def test_a_listing_has_each_pair_s_trading_rules_and_fee_coefficients() -> None:
    assert rules_of(ROW | RULES) == TradingRules(
        tick_size=Decimal("0.1"),
        lot_size=Decimal("0.00000001"),
        min_quantity=Decimal("0.00001"),
        min_notional=Decimal("0.2"),
        maker_fee_factor=Decimal("1.00"),
        taker_fee_factor=Decimal("2.00"),
    )


def test_the_minimum_size_in_the_quote_counts_if_minimum_funds_are_missing() -> None:
    assert rules_of(ROW | RULES | {"minFunds": None}).min_notional == Decimal("0.01")


@pytest.mark.parametrize("odd", [None, 7, [], {}, "x", "NaN", "-1"])
def test_odd_rules_cost_a_pair_its_rules_and_nothing_else(odd: object) -> None:
    rules = rules_of(ROW | {name: odd for name in RULES if not name.endswith("Coefficient")})
    assert rules == NO_RULES


@pytest.mark.parametrize(
    ("told", "symbols"), [(True, set()), (False, {"ETH-USDT"}), (None, {"ETH-USDT"}), ("odd", {"ETH-USDT"})]
)
def test_a_pair_in_its_first_call_auction_does_not_trade_yet(told: object, symbols: set[str]) -> None:
    new = ROW | {"symbol": "ETH-USDT", "name": "ETH-USDT", "baseCurrency": "ETH", "callauctionIsEnabled": told}
    made = parsed(instruments_in(json.dumps({"code": "200000", "data": [ROW, new]}).encode(), NOON))
    assert made.pairs.ends.keys() == {"BTC-USDT"} | symbols


@pytest.mark.parametrize(("text", "code"), [('{"code":"200000","data":[]}', "200000"), ('{"code":"429000"}', "429000")])
def test_the_code_inside_is_read_whatever_else_there_is(text: str, code: str) -> None:
    assert code_in(text.encode()) == code


def test_a_snapshot_from_the_future_is_rejected() -> None:
    tickers = [{"symbol": "BTC-USDT", "buy": "1.10", "sell": "1.20"}]
    body = json.dumps({"code": "200000", "data": {"time": int(NOON * 1000), "ticker": tickers}}).encode()
    made = parsed(book_tickers_in(body, NOON - 1, NOON - CLOCK_TOLERANCE_SECONDS))
    assert (made.observed_at, str(made.by_symbol["BTC-USDT"].bid)) == (NOON - 1, "1.10")
    with pytest.raises(ValueError, match="61 s ahead"):
        parsed(book_tickers_in(body, NOON, NOON - CLOCK_TOLERANCE_SECONDS - 1))


RENAMED = {
    **{code: f"{code}.TOKEN" for code in ("AOA", "ERN", "LBP", "SOS")},
    "BTT": "BTTC",
    "GALAX": "GALA",
    "BIFI": "BIFI.KUCOIN",
    "MC": "MC.KUCOIN",
    "VAI": "VAI.KUCOIN",
}


def test_the_recorded_listing_is_read_with_rules_for_every_pair() -> None:
    body = recorded("kucoin/symbols.json.gz")
    rows = {row["symbol"]: row for row in json.loads(body)["data"]}
    made = parsed(instruments_in(body, NOON))
    assert len(made) == len(rows)
    for each in made:
        row = rows[each.symbol]
        base = RENAMED.get(row["baseCurrency"], row["baseCurrency"].upper())
        assert (each.pair.base, each.pair.quote) == (base, row["quoteCurrency"].upper())
        steps = each.rules.tick_size, each.rules.lot_size, each.rules.min_quantity
        assert steps == tuple(Decimal(row[name]) for name in ("priceIncrement", "baseIncrement", "baseMinSize"))
        least = row["minFunds"] or row["quoteMinSize"]
        assert each.rules.min_notional == Decimal(least)


def test_the_recorded_books_are_read_digit_by_digit() -> None:
    body = recorded("kucoin/allTickers.json.gz")
    document = json.loads(body)["data"]
    rows = {row["symbol"]: row for row in document["ticker"]}
    made = parsed(book_tickers_in(body, NOON, document["time"] / 1000))
    assert len(made.by_symbol) > 1200
    for symbol, book in made.by_symbol.items():
        assert (book.bid, book.ask) == (Decimal(rows[symbol]["buy"]), Decimal(rows[symbol]["sell"]))


def test_the_name_that_kucoin_shows_is_a_second_name_of_the_code() -> None:
    def row(symbol: str, name: object) -> dict[str, object]:
        base, quote = symbol.split("-")
        return {"symbol": symbol, "name": name, "baseCurrency": base, "quoteCurrency": quote, "enableTrading": True}

    rows = [row("RNDR-USDT", "RENDER-USDT"), row("RNDR-BTC", "RENDER-BTC"), row("BTC-USDT", "BTC-USDT")]
    rows += [row("ETH-BTC", None), row("XRP-BTC", 7), row("TRX-BTC", "-BTC"), row("ADA-BTC", "Ada against bitcoin")]
    made = parsed(instruments_in(json.dumps({"code": "200000", "data": rows}).encode(), NOON))
    assert made.aliases == {"RENDER": "RNDR", "XBT": "BTC"}
