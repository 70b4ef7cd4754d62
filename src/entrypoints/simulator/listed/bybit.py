"""Answers as Bybit does: symbols without a separator, a numeric code, and the time of the answer."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from entrypoints.simulator.faults.kinds import FailureCode, Fault, FutureTime, Nonsense, PastTime, Status
from entrypoints.simulator.listed.bybit_streams import BybitStreams
from entrypoints.simulator.market.listing import ListingPlan, SimulatedPair
from entrypoints.simulator.market.simulated import PairPrices
from entrypoints.simulator.reply import Body, Call, Reply, Row
from entrypoints.simulator.venues.listed_exchange import ListedExchange, is_trading, price_text, size_text

INSTRUMENTS, TICKERS, TIME = "/v5/market/instruments-info", "/v5/market/tickers", "/v5/market/time"
BOOK = "/v5/market/orderbook"
_MOST_LEVELS = 200

PLAN = ListingPlan(
    exchange="bybit",
    named="""
        BTC/USDT ETH/USDT ETH/BTC BTC/USDC ETH/USDC USDC/USDT TRX/USDT ADA/USDT TRX/BTC ADA/BTC ADA/USDC BTC/EUR ETH/EUR
        USDT/EUR SHIB/USDT PEPE/USDT XRP/USDT SOL/USDT DOGE/USDT T/USDT TUSD/USDT 1INCH/USDT LUNC/USDT DAI/USDT ADA/DAI
        TRX/DAI?WIDE XLM/DAI?EMPTY LTC/DAI?NO_BID BCH/DAI?NO_ASK ETC/DAI?CROSSED ANT/USDT?HALTED
        BTS/USDT?HALTED_WITH_STALE_BOOK GTO/USDT?NOT_SPOT PLATO/USDT?ZERO ABAN/USDT
        """,
    quotes={"USDT": 0.97, "USDC": 0.3, "BTC": 0.1, "EUR": 0.1, "BRL": 0.05, "TRY": 0.05},
    decimals=(1, 14),
)

_ERRORS = {429: (10006, "Too many visits!"), 403: (10018, "access too frequent")}
_UNAVAILABLE = (10016, "Server error.")


class SimulatedBybit(ListedExchange):
    """https://bybit-exchange.github.io/docs/v5/intro."""

    name = PLAN.exchange
    plan = PLAN
    pair_count = 600
    recordings = ("instruments-info",)
    paths = frozenset({INSTRUMENTS, TICKERS, TIME, BOOK})
    window_seconds = 5
    own_faults = ListedExchange.own_faults | {FutureTime, PastTime}

    def weight(self, call: Call) -> int:  # noqa: ARG002 -- all cost the same
        """Return 1: Bybit limits the number of requests."""
        return 1

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        if call.path not in self.paths:
            return Reply.of({}, 404)
        if call.path == TIME:
            return Reply.of(_success({"timeSecond": str(int(call.now))}, call.now))
        if call.query.get("category") != "spot":
            return _failed(10001, "params error: Category is invalid", call.now)
        if call.path == BOOK:
            return self._book(call)
        if call.path == INSTRUMENTS:
            rows = self.once(INSTRUMENTS, lambda: [row for _, row in self.listing])
        else:
            rows = self.latest(TICKERS, call, lambda: self._tickers(call.tick))
        return Reply(_dated(rows, call.now))

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:
        """Answer errors, codes under HTTP 200, nonsense, and answers from another time."""
        match fault:
            case Status():
                code, text = _ERRORS.get(fault.code, _UNAVAILABLE)
                code = code if fault.error_code is None else fault.error_code
                headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
                return _failed(code, fault.message or text, now, fault.code, **headers)
            case FailureCode():
                return _failed(int(fault.code), fault.message or "Operation failed.", now)
            case Nonsense():
                return Reply.of(_success("hello", now))
            case FutureTime():
                return _as_of(honest(), now + fault.seconds)
            case PastTime():
                return _as_of(honest(), now - fault.seconds)
            case _:
                return None

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401 -- any JSON
        """Change instruments or tickers."""
        result = document.get("result")
        if not isinstance(result, dict) or "list" not in result:
            return None
        return dict(document, result=dict(result, list=change(result["list"])))

    def listed(self, pair: SimulatedPair) -> Row:
        """Return the pair's row of instruments-info."""
        return {
            "symbol": pair.symbol,
            "baseCoin": pair.base,
            "quoteCoin": pair.quote,
            "innovation": "0",
            "symbolType": "",
            "status": "Trading" if is_trading(pair) else "PreLaunch",
            "marginTrading": "none",
            "stTag": "0",
            "lotSizeFilter": {
                "basePrecision": "0.0001",
                "quotePrecision": price_text(pair, 1),
                "minOrderQty": "0.0001",
                "maxOrderQty": "71.73956243",
                "minOrderAmt": "5",
                "maxOrderAmt": "2000000",
            },
            "priceFilter": {"tickSize": price_text(pair, 1)},
        }

    def streams(self) -> BybitStreams:
        """Return its streams."""
        return BybitStreams(lambda: self.market)

    def recorded_listing(self, recorded: Mapping[str, Any]) -> list[tuple[SimulatedPair, Row]]:
        """Return the recorded rows as they are."""
        return [
            (self.pair(row["symbol"], row["baseCoin"], row["quoteCoin"], is_trading=row["status"] == "Trading"), row)
            for row in recorded["instruments-info"]["result"]["list"]
        ]

    def _book(self, call: Call) -> Reply:
        symbol, limit = call.query.get("symbol", ""), int(call.query.get("limit", "1"))
        sides = self.order_book(call, symbol, min(limit, _MOST_LEVELS))
        if sides is None:
            return _failed(10001, "Not supported symbols", call.now)
        bids, asks = sides
        milliseconds = int(call.now * 1000)
        book = {"s": symbol, "b": bids, "a": asks, "ts": milliseconds, "u": call.tick, "seq": call.tick}
        return Reply.of(_success(book | {"cts": milliseconds}, call.now))

    def _tickers(self, tick: int) -> list[Row]:
        return [_ticker(prices) for prices in self.market.prices(tick)]


def _ticker(prices: PairPrices) -> Row:
    pair, last = prices.pair, prices.last
    middle = price_text(pair, last)
    return {
        "symbol": pair.symbol,
        "bid1Price": price_text(pair, prices.bid) or "",
        "bid1Size": size_text(prices) if prices.bid else "",
        "ask1Price": price_text(pair, prices.ask) or "",
        "ask1Size": size_text(prices) if prices.ask else "",
        "lastPrice": middle,
        "prevPrice24h": middle,
        "price24hPcnt": "0.0068",
        "highPrice24h": price_text(pair, last * 51 // 50 + 1),
        "lowPrice24h": price_text(pair, max(last * 49 // 50, 1)),
        "turnover24h": "243765620.65899866",
        "volume24h": "11801.27771",
    }


def _dated(rows: Body, now: float) -> Body:
    document = _success({"category": "spot", "list": []}, now)
    return Body(orjson.dumps(document).replace(b'"list":[]', b'"list":' + rows.plain, 1))


def _as_of(reply: Reply, moment: float) -> Reply:
    return Reply.of(orjson.loads(reply.body.plain) | {"time": int(moment * 1000)})


def _success(result: object, now: float) -> Row:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": int(now * 1000)}


def _failed(code: int, text: str, now: float, status: int = 200, **headers: str) -> Reply:
    return Reply.of(_success({}, now) | {"retCode": code, "retMsg": text}, status, **headers)
