"""In the recorded listings, nothing counts as a state's money that is a coin."""

import io
import json
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

from adapters.ecb.messages import history_in
from domain.currency import Currency
from domain.currency_names import name_of
from domain.iso_4217 import MINOR_UNITS
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.money_prices import coins_under_money, dollar_price
from domain.rates.routing import Routes
from tests.unit.adapters.parsing import recorded
from tests.unit.fakes.clock import NOON

# Units for one dollar in November 2022, about. The naira's is that of the street.
PER_DOLLAR = {
    "AUD": 1.51, "BRL": 5.31, "EUR": 0.973, "GBP": 0.841, "NGN": 780, "PLN": 4.58, "RUB": 60.7, "TRY": 18.62,
    "UAH": 36.9, "ZAR": 17.26,
}  # fmt: skip
MOST_APART = 1.2
RECORDED_ON = date(2022, 11, 22)

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


def test_by_the_bank_s_rates_of_that_day_the_recorded_money_is_money() -> None:
    packed = zipfile.ZipFile(io.BytesIO(recorded("ecb/eurofxref-hist.zip")))
    history = history_in(packed.read(packed.namelist()[0]).decode())
    rates = next(each for each in history if each.day == RECORDED_ON)
    for instruments, prices in (
        (Instruments.of("binance", binance_rows(), NOON), prices_of_binance()),
        (Instruments.of("kucoin", kucoin_rows(), NOON), prices_of_kucoin()),
    ):
        rows = [(symbol, str(Decimal(repr(bid))), str(Decimal(repr(ask)))) for symbol, (bid, ask) in prices.items()]
        routes = Routes(MarketSnapshot(instruments, BookTickers.of(instruments.exchange, rows, NOON)))
        found = {code: dollar_price(routes, code) for code in rates.currencies if instruments.lists(code)}
        compared = {code: price for code, price in found.items() if price is not None}
        assert compared
        assert coins_under_money(compared, rates) == {}
        wrong = compared | {Currency("BRL"): compared[Currency("BRL")] * 3}
        assert coins_under_money(wrong, rates).keys() == {"BRL"}


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
