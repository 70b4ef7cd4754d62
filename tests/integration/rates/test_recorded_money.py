"""In the recorded listings, nothing counts as a state's money that is a coin."""

import json
from typing import Any

from domain.currency import Currency
from domain.currency_names import name_of
from domain.iso_4217 import MINOR_UNITS
from domain.rates.instruments import Instruments
from tests.unit.adapters.parsing import recorded
from tests.unit.fakes.clock import NOON

# Units for one dollar in November 2022, about. The naira's is that of the street.
PER_DOLLAR = {
    "AUD": 1.51, "BRL": 5.31, "EUR": 0.973, "GBP": 0.841, "NGN": 780, "PLN": 4.58, "RUB": 60.7, "TRY": 18.62,
    "UAH": 36.9, "ZAR": 17.26,
}  # fmt: skip
MOST_APART = 1.2

Prices = dict[str, tuple[float, float]]


def rows_of(name: str, within: str | None, symbol: str, base: str, quote: str) -> list[tuple[str, str, str]]:
    rows: Any = json.loads(recorded(name))
    return [(row[symbol], row[base], row[quote]) for row in (rows if within is None else rows[within])]


def binance_rows() -> list[tuple[str, str, str]]:
    return rows_of("binance/exchangeInfo.json.gz", "symbols", "symbol", "baseAsset", "quoteAsset")


def kucoin_rows() -> list[tuple[str, str, str]]:
    return rows_of("kucoin/symbols.json.gz", "data", "symbol", "baseCurrency", "quoteCurrency")


def money_in(exchange: str, rows: list[tuple[str, str, str]]) -> set[str]:
    made = Instruments.of(exchange, rows, NOON)
    return {str(code) for ends in made.pairs.ends.values() for code in ends if code in MINOR_UNITS}


def test_each_exchange_lists_only_known_money() -> None:
    assert money_in("binance", binance_rows()) == PER_DOLLAR.keys()
    newer = rows_of("binance/exchangeInfo_2024-09-08.json.gz", "symbols", "symbol", "baseAsset", "quoteAsset")
    known = ["ARS", "BRL", "COP", "CZK", "EUR", "JPY", "MXN", "PLN", "RON", "TRY", "UAH", "ZAR"]
    assert sorted(money_in("binance", newer)) == known
    assert money_in("kucoin", kucoin_rows()) == {"BRL"}
    okx = rows_of("okx/instruments_SPOT_2022-05-13.json.gz", "data", "instId", "baseCcy", "quoteCcy")
    assert money_in("okx", okx) == set()
    coinbase = rows_of("coinbase/products_2021-04-17.json.gz", None, "id", "base_currency", "quote_currency")
    assert money_in("coinbase", coinbase) == {"EUR", "GBP", "USD"}


def test_what_counts_as_money_costs_what_the_money_does() -> None:
    assert apart(Instruments.of("binance", binance_rows(), NOON), prices_of_binance()) == {}
    assert apart(Instruments.of("kucoin", kucoin_rows(), NOON), prices_of_kucoin()) == {}


def test_a_coin_under_the_code_of_money_has_no_name_of_money() -> None:
    made = Instruments.of("kucoin", kucoin_rows(), NOON)
    for code in ("AOA", "ERN", "LBP", "SOS"):
        assert not made.lists(Currency(code))
        assert made.lists(Currency(f"{code}.TOKEN"))
        assert name_of(f"{code}.TOKEN") is None


def prices_of_binance() -> Prices:
    rows = json.loads(recorded("binance/ticker_bookTicker.json.gz"))
    return {row["symbol"]: (float(row["bidPrice"]), float(row["askPrice"])) for row in rows}


def prices_of_kucoin() -> Prices:
    rows = json.loads(recorded("kucoin/allTickers.json.gz"))["data"]["ticker"]
    return {row["symbol"]: (float(row["buy"] or 0), float(row["sell"] or 0)) for row in rows}


def apart(instruments: Instruments, prices: Prices) -> dict[str, float]:
    """Return the markets of money against USDT or BUSD whose prices are not that of the money."""
    found = {}
    for symbol, (base, quote) in instruments.pairs.ends.items():
        bid, ask = prices.get(symbol, (0.0, 0.0))
        code, dollar = (base, quote) if base in MINOR_UNITS else (quote, base)
        if dollar in {"USDT", "BUSD"} and code in MINOR_UNITS and bid > 0:
            mid = (bid + ask) / 2
            per_dollar = 1 / mid if code == base else mid
            ratio = per_dollar / PER_DOLLAR[code]
            if max(ratio, 1 / ratio) > MOST_APART:
                found[symbol] = per_dollar
    return found
