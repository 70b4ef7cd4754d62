"""Answers as Binance does: paths, weights and error bodies are those of its REST documentation."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import orjson

from entrypoints.simulator.faults.kinds import (
    BadRows,
    CrossedBook,
    EmptyList,
    Fault,
    Nonsense,
    Part,
    Status,
    ThinBook,
    UnsortedBook,
)
from entrypoints.simulator.market.listing import BINANCE
from entrypoints.simulator.market.order_book import written
from entrypoints.simulator.reply import Body, Call, Reply, Row
from entrypoints.simulator.venues.binance_streams import BinanceStreams
from entrypoints.simulator.venues.binance_trading import TRADING_WEIGHTS, BinanceTrading, listed_on_binance
from entrypoints.simulator.venues.payloads import (
    BOOK_TICKER,
    EXCHANGE_INFO,
    TICKER_24HR,
    TICKER_PRICE,
    LatestPayloads,
    Payloads,
)
from entrypoints.simulator.venues.simulated_exchange import SimulatedExchange

_TICKERS = {
    "/api/v3/ticker/bookTicker": BOOK_TICKER,
    "/api/v3/ticker/price": TICKER_PRICE,
    "/api/v3/ticker/24hr": TICKER_24HR,
}
_EXCHANGE_INFO_PATH = "/api/v3/exchangeInfo"
_DEPTH_PATH = "/api/v3/depth"
_USUAL_LEVELS = 100
_MOST_LEVELS = 5000
_PERMISSION_SETS = re.compile(rb'"permissionSets":\[(?:\[[^\]]*\],?)*\]')
_LEGAL_SYMBOL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")

_BANNED = (
    "Way too much request weight used; IP banned until {until}. "
    "Please use the websocket for live updates to avoid bans."
)
_TOO_MUCH = (
    "Too much request weight used, current limit is 6000 request weight per 1 MINUTE. "
    "Please use the websocket for live updates to avoid polling the API."
)
_RESTRICTED = (
    "Service unavailable from a restricted location according to 'b. Eligibility'. "
    "Please contact customer service if you believe you received this message in error."
)
_ERRORS = {
    418: (-1003, _BANNED),
    429: (-1003, _TOO_MUCH),
    451: (0, _RESTRICTED),
    500: (-1001, "Internal error; unable to process your request. Please try again."),
    503: (-1003, "Service Unavailable."),
}
_UNKNOWN_ERROR = (-1000, "An unknown error occurred while processing the request.")


class SimulatedBinance(SimulatedExchange):
    """Weights: https://developers.binance.com/docs/binance-spot-api-docs/rest-api."""

    name = BINANCE
    paths = frozenset({"/api/v3/ping", "/api/v3/time", _EXCHANGE_INFO_PATH, _DEPTH_PATH, *_TICKERS, *TRADING_WEIGHTS})
    window_seconds = 60
    own_faults = frozenset({EmptyList, BadRows, Part, ThinBook, CrossedBook, UnsortedBook})

    def __init__(self, payloads: Payloads) -> None:
        self._payloads = LatestPayloads(payloads)
        self._trading = BinanceTrading(self._payloads)
        self._streams = BinanceStreams(self._payloads)
        self._emptied: tuple[Body, Body] | None = None  # the latest exchangeInfo, and the same without permission sets

    def weight(self, call: Call) -> int:
        """Return the call's weight, of the 6000 allowed per minute."""
        if call.path == _EXCHANGE_INFO_PATH:
            return 20
        if call.path == _DEPTH_PATH:
            return _weight_of_depth(call.query.get("limit", ""))
        if call.path not in _TICKERS:
            return TRADING_WEIGHTS.get(call.path, 1)
        if "symbol" in call.query:
            return 2
        if call.path.endswith("24hr"):
            return _weight_of_24hr(call.query.get("symbols"))
        return 4

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        if call.path in TRADING_WEIGHTS:
            return self._trading.reply(call)
        if call.method != "GET":
            return _refused(-1020, "This operation is not supported.")
        if call.path == "/api/v3/ping":
            return Reply.of({})
        if call.path == "/api/v3/time":
            return Reply.of({"serverTime": int(call.now * 1000)})
        return self._market_data(call)

    def _market_data(self, call: Call) -> Reply:
        if call.path == _DEPTH_PATH:
            return self._depth(call)
        name = EXCHANGE_INFO if call.path == _EXCHANGE_INFO_PATH else _TICKERS.get(call.path)
        return Reply.of({"error": "Not Found"}, 404) if name is None else self._document(name, call)

    def used_weight_headers(self, used: int, _: float) -> dict[str, str]:
        """Return the weight used in this minute."""
        return {"X-MBX-USED-WEIGHT": str(used), "X-MBX-USED-WEIGHT-1M": str(used)}

    def books(self, tick: int) -> dict[str, Row]:
        """Return every listed pair with its book of bookTicker at `tick`."""
        tickers = {row["symbol"]: row for row in self._payloads.at(BOOK_TICKER, tick)}
        return {
            row["symbol"]: {
                "base": row["baseAsset"],
                "quote": row["quoteAsset"],
                "bid": tickers[row["symbol"]]["bidPrice"],
                "ask": tickers[row["symbol"]]["askPrice"],
                "is_tradable": row["status"] == "TRADING" and row["isSpotTradingAllowed"],
            }
            for row in self._payloads.at(EXCHANGE_INFO, tick)
            if row["symbol"] in tickers
        }

    def streams(self) -> BinanceStreams:
        """Return the streams of book tickers."""
        return self._streams

    def forget(self) -> None:
        """Forget all orders."""
        self._trading.account.reset()

    def trading_state(self) -> Row:
        """Return balances, orders and trades."""
        return self._trading.account.state()

    def set_balances(self, balances: Mapping[str, Decimal]) -> None:
        """Change balances."""
        self._trading.account.balances.update(balances)

    def answer_to(self, fault: Fault, _: Callable[[], Reply], now: float) -> Reply | None:
        """Answer errors and nonsense in Binance's form."""
        if isinstance(fault, Status):
            return _error(fault, now)
        if isinstance(fault, Nonsense):
            return Reply.of({"symbols": {"BTC": 1}, "hello": [1, "two", None]})
        return None

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401 -- any JSON
        """Change tickers, which are a list, or symbols."""
        if isinstance(document, list):
            return change(document)
        return document | {"symbols": change(document["symbols"])} if "symbols" in document else None

    def _document(self, name: str, call: Call) -> Reply:
        if "symbol" in call.query and "symbols" in call.query:
            return _refused(-1128, "Combination of optional parameters invalid.")
        if "symbol" in call.query:
            return self._one(name, call)
        if "symbols" in call.query:
            return self._several(name, call)
        whole = self._payloads.whole(name, call.tick)
        if name == EXCHANGE_INFO and call.query.get("showPermissionSets") == "false":
            return Reply(self._without_permission_sets(whole))
        return Reply(whole)

    def _depth(self, call: Call) -> Reply:
        symbol, text = call.query.get("symbol"), call.query.get("limit", str(_USUAL_LEVELS))
        if not symbol:
            return _refused(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
        if not (text.isascii() and text.isdigit() and len(text) <= 20):
            legal = "legal range is '^[0-9]{1,20}$'"
            return _refused(-1100, f"Illegal characters found in parameter 'limit'; {legal}.")
        limit = min(int(text), _MOST_LEVELS)
        if not limit:
            return _refused(-1130, "Data sent for parameter 'limit' is not valid.")
        listed = listed_on_binance(self._payloads, symbol, call.tick)
        if listed is None:
            return _unknown(symbol)
        bids, asks = (written(side.levels(call.fill_percent), limit) for side in (listed.bids, listed.asks))
        return Reply.of({"lastUpdateId": 10**10 + call.tick, "bids": bids, "asks": asks})

    def _without_permission_sets(self, whole: Body) -> Body:
        if self._emptied is None or self._emptied[0] is not whole:
            self._emptied = whole, Body(_PERMISSION_SETS.sub(b'"permissionSets":[]', whole.plain))
        return self._emptied[1]

    def _one(self, name: str, call: Call) -> Reply:
        symbol = call.query["symbol"]
        row = self._payloads.by_symbol(name, call.tick).get(symbol)
        if row is None:
            return _unknown(symbol)
        return Reply.of(self._within_head(call, [row]) if name == EXCHANGE_INFO else row)

    def _several(self, name: str, call: Call) -> Reply:
        try:
            symbols = orjson.loads(call.query["symbols"])
        except orjson.JSONDecodeError:
            symbols = None
        if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
            return _refused(-1100, "Illegal characters found in parameter 'symbols'.")
        rows = self._payloads.by_symbol(name, call.tick)
        for symbol in symbols:
            if symbol not in rows:
                return _unknown(symbol)
        found = [rows[symbol] for symbol in symbols]
        return Reply.of(self._within_head(call, found) if name == EXCHANGE_INFO else found)

    @staticmethod
    def _within_head(call: Call, rows: list[Row]) -> Row:
        return {
            "timezone": "UTC",
            "serverTime": int(call.now * 1000),
            "rateLimits": [],
            "exchangeFilters": [],
            "symbols": rows,
        }


def _error(fault: Status, now: float) -> Reply:
    code, text = _ERRORS.get(fault.code, _UNKNOWN_ERROR)
    code = code if fault.error_code is None else fault.error_code
    message = fault.message or text.format(until=int((now + (fault.retry_after or 120)) * 1000))
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Reply.of({"code": code, "msg": message}, fault.code, **headers)


def _weight_of_depth(limit: str) -> int:
    levels = min(int(limit), _MOST_LEVELS) if limit.isascii() and limit.isdigit() else _USUAL_LEVELS
    return next(weight for most, weight in ((100, 5), (500, 25), (1000, 50), (_MOST_LEVELS, 250)) if levels <= most)


def _weight_of_24hr(symbols: str | None) -> int:
    count = 101 if symbols is None else symbols.count(",") + 1
    return 2 if count <= 20 else 40 if count <= 100 else 80


def _unknown(symbol: str) -> Reply:
    if symbol.isascii() and not (set(symbol) <= _LEGAL_SYMBOL and 1 <= len(symbol) <= 20):
        legal = "legal range is '^[A-Z0-9-_.]{1,20}$'"
        return _refused(-1100, f"Illegal characters found in parameter 'symbol'; {legal}.")
    return _refused(-1121, "Invalid symbol.")


def _refused(code: int, message: str) -> Reply:
    return Reply.of({"code": code, "msg": message}, 400)
