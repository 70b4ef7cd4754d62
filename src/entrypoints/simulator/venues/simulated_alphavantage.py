"""Answers as Alpha Vantage does: under one path, with failures under status 200."""

from collections.abc import Callable
from datetime import UTC, datetime

import orjson

from entrypoints.simulator.faults.kinds import Fault, FutureTime, PastTime, SoftFailure
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.venues.simulated_exchange import SimulatedExchange

PATH = "/query"
_DAY_SECONDS = 86400

_INVALID_CALL = (
    "Invalid API call. Please retry or visit the documentation (https://www.alphavantage.co/documentation/) for "
    "CURRENCY_EXCHANGE_RATE."
)
_NO_KEY = (
    "the parameter apikey is invalid or missing. Please claim your free API key on "
    "(https://www.alphavantage.co/support/#api-key)."
)
# Its own words. The last one repeats the caller's key, here K.
_SOFT_FAILURES = {
    "Error Message": "Invalid API call. Please retry or visit the documentation for CURRENCY_EXCHANGE_RATE.",
    "Note": "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute.",
    "Information": "We have detected your API key as K and our standard API rate limit is 25 requests per day.",
}


class SimulatedAlphaVantage(SimulatedExchange):
    """Knows the US dollar, and the dollar value of each currency that the simulated Binance trades."""

    name = "alphavantage"
    paths = frozenset({PATH})
    window_seconds = _DAY_SECONDS
    own_faults = frozenset({SoftFailure, FutureTime, PastTime})

    def __init__(self, market: SimulatedMarket) -> None:
        self._market = market

    def weight(self, _: Call) -> int:
        """Return 1: Alpha Vantage limits the number of calls."""
        return 1

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        if call.path != PATH:
            return Reply.of({"detail": "Not Found"}, 404)
        if not call.query.get("apikey"):
            return Reply.of({"Error Message": _NO_KEY})
        base, quote = call.query.get("from_currency", ""), call.query.get("to_currency", "")
        base_usd, quote_usd = self._usd(base, call.tick), self._usd(quote, call.tick)
        if call.query.get("function") != "CURRENCY_EXCHANGE_RATE" or base_usd is None or quote_usd is None:
            return Reply.of({"Error Message": _INVALID_CALL})
        return Reply.of({"Realtime Currency Exchange Rate": _rate(base, quote, base_usd / quote_usd, call.now)})

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:
        """Answer failures under HTTP 200, and rates from another time."""
        match fault:
            case SoftFailure():
                return Reply.of({fault.member: fault.message or _SOFT_FAILURES[fault.member]})
            case FutureTime():
                return _refreshed(honest(), now + fault.seconds)
            case PastTime():
                return _refreshed(honest(), now - fault.seconds)
            case _:
                return None

    def _usd(self, code: str, tick: int) -> float | None:
        return 1.0 if code == "USD" else self._market.usd(code, tick)


def _refreshed(reply: Reply, moment: float) -> Reply:
    document = orjson.loads(reply.body.plain)
    if isinstance(rate := document.get("Realtime Currency Exchange Rate"), dict):
        rate["6. Last Refreshed"] = _timestamp(moment)
        return Reply.of(document)
    return reply


def _timestamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _rate(base: str, quote: str, price: float, now: float) -> Row:
    return {
        "1. From_Currency Code": base,
        "2. From_Currency Name": base,
        "3. To_Currency Code": quote,
        "4. To_Currency Name": quote,
        "5. Exchange Rate": f"{price:.8f}",
        "6. Last Refreshed": _timestamp(now),
        "7. Time Zone": "UTC",
        "8. Bid Price": f"{price * 0.9999:.8f}",
        "9. Ask Price": f"{price * 1.0001:.8f}",
    }
