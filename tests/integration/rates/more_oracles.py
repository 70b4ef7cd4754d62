"""What the exchanges beside the first two list and quote, read from their documents by other code than Crossrate's."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tests.integration.rates.market_oracle import TOKENS, ExchangeOracle

Json: TypeAlias = Any

KRAKENS_NAMES = {"XBT": "BTC", "XDG": "DOGE", "LUNA": "LUNC", "LUNA2": "LUNA", "UST": "USTC", "REPV2": "REP"}

# The paths of an exchange's listing and books.
PATHS = {
    "kraken": ("/0/public/AssetPairs", "/0/public/Ticker"),
    "okx": ("/api/v5/public/instruments?instType=SPOT", "/api/v5/market/tickers?instType=SPOT"),
    "bybit": ("/v5/market/instruments-info?category=spot", "/v5/market/tickers?category=spot"),
}


def _kraken(listing: Json, books: Json) -> ExchangeOracle:
    """Names come from `wsname`, which the adapter never reads."""
    tradable = []
    for key, row in listing["result"].items():
        base, quote = row["wsname"].split("/")
        base = "REPV1" if base == "REP" else base
        if row["status"] == "online" and not base.endswith(".S"):
            tradable.append((key, KRAKENS_NAMES.get(base, base), KRAKENS_NAMES.get(quote, quote)))
    prices = {key: (row["b"][0], row["a"][0]) for key, row in books["result"].items()}
    return ExchangeOracle("kraken", tradable, prices)


def _okx(listing: Json, books: Json) -> ExchangeOracle:
    named = {"BTT": "BTTC", "RON": "RON.TOKEN"} | TOKENS
    tradable = [
        (row["instId"], named.get(row["baseCcy"], row["baseCcy"]), named.get(row["quoteCcy"], row["quoteCcy"]))
        for row in listing["data"]
        if row["state"] == "live"
    ]
    return ExchangeOracle("okx", tradable, {row["instId"]: (row["bidPx"], row["askPx"]) for row in books["data"]})


def _bybit(listing: Json, books: Json) -> ExchangeOracle:
    names = ("symbol", "baseCoin", "quoteCoin")
    tradable = [tuple(row[name] for name in names) for row in listing["result"]["list"] if row["status"] == "Trading"]
    prices = {row["symbol"]: (row["bid1Price"], row["ask1Price"]) for row in books["result"]["list"]}
    return ExchangeOracle("bybit", tradable, prices)


_ORACLES: Mapping[str, Callable[[Json, Json], ExchangeOracle]] = {"kraken": _kraken, "okx": _okx, "bybit": _bybit}


def oracle_of(exchange: str, listing: bytes, books: bytes) -> ExchangeOracle:
    return _ORACLES[exchange](json.loads(listing), json.loads(books))
