"""Answers as OKX does: every value a string, a code under HTTP 200, and a time in each ticker."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from entrypoints.simulator.faults.kinds import FailureCode, Fault, FutureTime, Nonsense, PastTime, Status
from entrypoints.simulator.listed.okx_streams import OkxStreams
from entrypoints.simulator.market.listing import ListingPlan, SimulatedPair
from entrypoints.simulator.market.simulated import PairPrices
from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.venues.listed_exchange import ListedExchange, is_trading, price_text, size_text

INSTRUMENTS, TICKERS, TIME = "/api/v5/public/instruments", "/api/v5/market/tickers", "/api/v5/public/time"
BOOKS = "/api/v5/market/books"
_MOST_LEVELS = 400

PLAN = ListingPlan(
    exchange="okx",
    named="""
        BTC/USDT ETH/USDT ETH/BTC BTC/USD ETH/USD BTC/USDC ETH/USDC USDC/USDT TRX/USDT ADA/USDT TRX/BTC ADA/BTC
        TRX/ETH ADA/ETH EUR/USDT BTC/EUR SHIB/USDT PEPE/USDT XRP/USDT SOL/USDT DOGE/USDT T/USDT 1INCH/USDT LUNC/USDT
        BTT/USDT DAI/USDT ADA/DAI TRX/DAI?WIDE XLM/DAI?EMPTY LTC/DAI?NO_BID BCH/DAI?NO_ASK ETC/DAI?CROSSED
        ANT/USDT?HALTED BTS/USDT?HALTED_WITH_STALE_BOOK GTO/USDT?NOT_SPOT PLATO/USDT?ZERO ABAN/USDT
        """,
    quotes={"USDT": 0.97, "USDC": 0.3, "USD": 0.2, "BTC": 0.2, "ETH": 0.1, "EUR": 0.1},
    separator="-",
    decimals=(1, 14),
    absent=frozenset({"BTTC"}),  # which it calls BTT
)

_ERRORS = {429: ("50011", "Too Many Requests"), 503: ("50001", "Service temporarily unavailable. Try again later")}
_INTERNAL = ("50026", "System error. Try again later.")


class SimulatedOkx(ListedExchange):
    """https://www.okx.com/docs-v5/en/."""

    name = PLAN.exchange
    plan = PLAN
    pair_count = 700
    recordings = ("instruments_SPOT",)
    paths = frozenset({INSTRUMENTS, TICKERS, TIME, BOOKS})
    window_seconds = 2
    own_faults = ListedExchange.own_faults | {FutureTime, PastTime}

    def weight(self, call: Call) -> int:  # noqa: ARG002 -- all cost the same
        """Return 1: OKX limits the number of calls."""
        return 1

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        if call.path in {TIME, BOOKS}:
            return self._books(call) if call.path == BOOKS else Reply.of(_data([{"ts": _milliseconds(call.now)}]))
        if call.path not in self.paths:
            return Reply.of({"msg": "Not Found", "code": "404"}, 404)
        if "instType" not in call.query:
            return _failed("50014", "Parameter instType can not be empty.", 400)
        if call.query["instType"] != "SPOT":
            return Reply.of(_data([]))
        if call.path == INSTRUMENTS:
            return Reply(self.once(INSTRUMENTS, lambda: _data([row for _, row in self.listing])))
        return Reply(self.latest(TICKERS, call, lambda: _data(self._tickers(call.tick, call.now))))

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:
        """Answer errors, codes under HTTP 200, nonsense, and tickers from another time."""
        match fault:
            case Status():
                code, text = _ERRORS.get(fault.code, _INTERNAL)
                code = code if fault.error_code is None else str(fault.error_code)
                headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
                return _failed(code, fault.message or text, fault.code, **headers)
            case FailureCode():
                return _failed(fault.code, fault.message or "Operation failed.")
            case Nonsense():
                return Reply.of({"code": "0", "msg": "", "data": "hello"})
            case FutureTime():
                return _as_of(honest(), now + fault.seconds)
            case PastTime():
                return _as_of(honest(), now - fault.seconds)
            case _:
                return None

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401 -- any JSON
        """Change instruments or tickers."""
        rows = document.get("data")
        return dict(document, data=change(rows)) if isinstance(rows, list) and "instId" in rows[0] else None

    def listed(self, pair: SimulatedPair) -> Row:
        """Return the pair's row of the instruments, with the fields that only contracts fill."""
        empty = ("alias", "ctMult", "ctType", "ctVal", "ctValCcy", "expTime", "instFamily", "lever", "optType")
        return dict.fromkeys((*empty, "settleCcy", "stk", "uly"), "") | {
            "baseCcy": pair.base,
            "category": "1",
            "instId": pair.symbol,
            "instType": "SPOT",
            "listTime": "1733454000000",
            "lotSz": "0.0001",
            "maxLmtAmt": "20000000",
            "maxLmtSz": "9999999999",
            "maxMktAmt": "1000000",
            "maxMktSz": "1000000",
            "minSz": "0.0001",
            "quoteCcy": pair.quote,
            "ruleType": "normal",
            "state": "live" if is_trading(pair) else "suspend",
            "tickSz": price_text(pair, 1),
        }

    def streams(self) -> OkxStreams:
        """Return its streams."""
        return OkxStreams(lambda: self.market)

    def recorded_listing(self, recorded: Mapping[str, Any]) -> list[tuple[SimulatedPair, Row]]:
        """Return the recorded rows as they are."""
        return [
            (self.pair(row["instId"], row["baseCcy"], row["quoteCcy"], is_trading=row["state"] == "live"), row)
            for row in recorded["instruments_SPOT"]["data"]
        ]

    def _books(self, call: Call) -> Reply:
        sides = self.order_book(call, call.query.get("instId", ""), min(int(call.query.get("sz", "1")), _MOST_LEVELS))
        if sides is None:
            return _failed("51001", "Instrument ID doesn't exist.")
        bids, asks = ([[*level, "0", "1"] for level in side] for side in sides)
        return Reply.of(_data([{"asks": asks, "bids": bids, "ts": _milliseconds(call.now)}]))

    def _tickers(self, tick: int, now: float) -> list[Row]:
        return [_ticker(prices, _milliseconds(now)) for prices in self.market.prices(tick)]


def _ticker(prices: PairPrices, milliseconds: str) -> Row:
    pair, last = prices.pair, prices.last
    middle = price_text(pair, last)
    return {
        "instType": "SPOT",
        "instId": pair.symbol,
        "last": middle,
        "lastSz": "0.1",
        "askPx": price_text(pair, prices.ask) or "",
        "askSz": size_text(prices) if prices.ask else "",
        "bidPx": price_text(pair, prices.bid) or "",
        "bidSz": size_text(prices) if prices.bid else "",
        "open24h": middle,
        "high24h": price_text(pair, last * 51 // 50 + 1),
        "low24h": price_text(pair, max(last * 49 // 50, 1)),
        "volCcy24h": "2222",
        "vol24h": "2222",
        "sodUtc0": middle,
        "sodUtc8": middle,
        "ts": milliseconds,
    }


def _as_of(reply: Reply, moment: float) -> Reply:
    document = orjson.loads(reply.body.plain)
    for row in document["data"]:
        if "ts" in row:
            row["ts"] = _milliseconds(moment)
    return Reply.of(document)


def _milliseconds(moment: float) -> str:
    return str(int(moment * 1000))


def _data(rows: list[Row]) -> Row:
    return {"code": "0", "msg": "", "data": rows}


def _failed(code: str, text: str, status: int = 200, **headers: str) -> Reply:
    return Reply.of({"code": code, "msg": text, "data": []}, status, **headers)
