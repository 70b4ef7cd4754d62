"""Answers as KuCoin does: paths, weights and codes are those of its REST documentation."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import orjson

from entrypoints.simulator.faults.kinds import (
    BadRows,
    CrossedBook,
    EmptyList,
    FailureCode,
    Fault,
    FutureTime,
    Nonsense,
    Part,
    PastTime,
    Status,
    ThinBook,
    UnsortedBook,
)
from entrypoints.simulator.market.listing import KUCOIN
from entrypoints.simulator.market.order_book import written
from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.venues.kucoin_streams import BULLET_PATH, KuCoinStreams
from entrypoints.simulator.venues.kucoin_trading import KuCoinTrading, listed_on_kucoin
from entrypoints.simulator.venues.payloads import ALL_TICKERS, SYMBOLS, LatestPayloads, Payloads
from entrypoints.simulator.venues.simulated_exchange import SimulatedExchange

POOL = 2000  # weight within each window, for an address without a key

_WEIGHTS = {
    "/api/v2/symbols": 4,
    "/api/v1/market/allTickers": 15,
    "/api/v1/market/orderbook/level1": 2,
    "/api/v1/market/orderbook/level2_20": 2,
    "/api/v1/market/orderbook/level2_100": 4,
    "/api/v1/timestamp": 3,
    "/api/v3/currencies": 3,
    BULLET_PATH: 10,
}

SNAPSHOT_SECONDS = 2.0

# Of some coins; others are called by their codes, as at KuCoin.
FULL_NAMES = {
    "ADA": "Cardano", "BNB": "Binance Coin", "BTC": "Bitcoin", "DOGE": "Dogecoin", "ETH": "Ethereum", "SOL": "Solana",
    "TRX": "TRON", "USDC": "USD Coin", "USDT": "Tether",
}  # fmt: skip

# The snapshot's time stands at the beginning, before thousands of tickers.
TIME_WITHIN_BYTES = 200
_TIME = re.compile(rb'"time":([0-9]+)')

_ERRORS = {429: ("429000", "Too Many Requests"), 500: ("500000", "Internal Server Error")}


class SimulatedKuCoin(SimulatedExchange):
    """Weights: https://www.kucoin.com/docs-new/rest/spot-trading/market-data."""

    name = KUCOIN
    paths = frozenset(_WEIGHTS)
    window_seconds = 30
    own_faults = frozenset(
        {EmptyList, BadRows, FailureCode, FutureTime, PastTime, Part, ThinBook, CrossedBook, UnsortedBook}
    )

    def __init__(self, payloads: Payloads, weight_times: int = 1, hurry: float = 1.0) -> None:
        self._pool = POOL * weight_times
        self._payloads = LatestPayloads(payloads)
        self._trading = KuCoinTrading(self._payloads)
        self._streams = KuCoinStreams(self._payloads, hurry)

    def weight(self, call: Call) -> int:
        """Return the call's weight, of the 2000 allowed in 30 seconds."""
        return _WEIGHTS.get(call.path, 1)

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        if self._trading.answers(call):
            return self._trading.reply(call)
        if call.path == BULLET_PATH and call.method == "POST":
            return _success(self._streams.bullet(call.headers.get("Host", "")))
        if call.path not in _WEIGHTS or call.method != "GET" or call.path == BULLET_PATH:
            return Reply.of({"code": "404000", "msg": "Url Not Found"}, 404)
        return self._public(call)

    def _public(self, call: Call) -> Reply:
        match call.path:
            case "/api/v2/symbols":
                return Reply(self._payloads.whole(SYMBOLS, call.tick))
            case "/api/v1/market/allTickers":
                return _snapshot(Reply(self._payloads.whole(ALL_TICKERS, call.tick)), call.now)
            case "/api/v1/market/orderbook/level1":
                return self._level1(call)
            case "/api/v1/market/orderbook/level2_20" | "/api/v1/market/orderbook/level2_100":
                return self._level2(call, int(call.path.rpartition("_")[2]))
            case "/api/v1/timestamp":
                return _success(int(call.now * 1000))
            case _:
                return _success(self._currencies(call.tick))

    def used_weight_headers(self, used: int, now: float) -> dict[str, str]:
        """Return what is left of the pool, and the milliseconds until it is full again."""
        return {
            "gw-ratelimit-limit": str(self._pool),
            "gw-ratelimit-remaining": str(max(self._pool - used, 0)),
            "gw-ratelimit-reset": str(int((self.window_seconds - now % self.window_seconds) * 1000)),
        }

    def books(self, tick: int) -> dict[str, Row]:
        """Return every listed pair with its book of allTickers at `tick`."""
        tickers = {row["symbol"]: row for row in self._payloads.at(ALL_TICKERS, tick)}
        return {
            row["symbol"]: {
                "base": row["baseCurrency"],
                "quote": row["quoteCurrency"],
                "bid": tickers[row["symbol"]]["buy"],
                "ask": tickers[row["symbol"]]["sell"],
                "is_tradable": row["enableTrading"],
            }
            for row in self._payloads.at(SYMBOLS, tick)
            if row["symbol"] in tickers
        }

    def streams(self) -> KuCoinStreams:
        """Return the streams of tickers."""
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

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:
        """Answer errors, failure codes under HTTP 200, nonsense, and snapshots from another time."""
        match fault:
            case Status():
                return _error(fault)
            case FailureCode():
                usual = "Too Many Requests" if fault.code == "429000" else "Internal Server Error"
                return Reply.of({"code": fault.code, "msg": fault.message or usual})
            case Nonsense():
                return _success("hello")
            case FutureTime():
                return _as_of(honest(), now + fault.seconds)
            case PastTime():
                return _as_of(honest(), now - fault.seconds)
            case _:
                return None

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401 -- any JSON
        """Change symbols or tickers."""
        data = document.get("data")
        if isinstance(data, list):
            return dict(document, data=change(data))
        if isinstance(data, dict) and "ticker" in data:
            return dict(document, data=dict(data, ticker=change(data["ticker"])))
        return None

    def _level1(self, call: Call) -> Reply:
        symbol = call.query.get("symbol")
        if not symbol:
            return Reply.of({"code": "400100", "msg": "symbol is required"}, 400)
        row = self._payloads.by_symbol(ALL_TICKERS, call.tick).get(symbol)
        if row is None:
            return _success(None)  # not an error: KuCoin's data is null for an unknown symbol
        return _success(
            {
                "time": int(call.now * 1000),
                "sequence": str(call.tick),
                "price": row["last"],
                "size": "0.1",
                "bestBid": row["buy"],
                "bestBidSize": row.get("bestBidSize"),
                "bestAsk": row["sell"],
                "bestAskSize": row.get("bestAskSize"),
            }
        )

    def _level2(self, call: Call, limit: int) -> Reply:
        symbol = call.query.get("symbol")
        if not symbol:
            return Reply.of({"code": "400100", "msg": "symbol is required"}, 400)
        listed = listed_on_kucoin(self._payloads, symbol, call.tick)
        if listed is None:
            return _success(None)
        bids, asks = (written(side.levels(call.fill_percent), limit) for side in (listed.bids, listed.asks))
        return _success({"time": int(call.now * 1000), "sequence": str(call.tick), "bids": bids, "asks": asks})

    def _currencies(self, tick: int) -> list[Row]:
        rows = self._payloads.by_symbol(SYMBOLS, tick).values()
        codes = dict.fromkeys(code for row in rows for code in (row["baseCurrency"], row["quoteCurrency"]))
        return [_currency(code) for code in codes]


def _error(fault: Status) -> Reply:
    code, text = _ERRORS.get(fault.code, (f"{fault.code}000", "Service Unavailable"))
    code = code if fault.error_code is None else str(fault.error_code)
    headers = {}
    if fault.retry_after is not None:
        headers = {"gw-ratelimit-remaining": "0", "gw-ratelimit-reset": str(fault.retry_after * 1000)}
    return Reply.of({"code": code, "msg": fault.message or text}, fault.code, **headers)


def _snapshot(reply: Reply, now: float) -> Reply:
    """Date the tickers as KuCoin does: it takes a snapshot every two seconds, whether prices have moved or not."""
    taken = _TIME.search(reply.body.plain, 0, TIME_WITHIN_BYTES)
    return _as_of(reply, now) if taken and now - int(taken[1]) / 1000 > SNAPSHOT_SECONDS else reply


def _as_of(reply: Reply, moment: float) -> Reply:
    document = orjson.loads(reply.body.plain)
    if isinstance(document.get("data"), dict) and "time" in document["data"]:
        document["data"]["time"] = int(moment * 1000)
        return Reply.of(document)
    return reply


def _success(data: object) -> Reply:
    return Reply.of({"code": "200000", "data": data})


def _currency(code: str) -> Row:
    return {
        "currency": code,
        "name": code,
        "fullName": FULL_NAMES.get(code, code),
        "precision": 8,
        "confirms": None,
        "contractAddress": None,
        "isMarginEnabled": False,
        "isDebitEnabled": False,
        "chains": [],
    }
