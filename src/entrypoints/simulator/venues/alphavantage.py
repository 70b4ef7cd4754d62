"""Alpha Vantage's side of the counter: one path, and failures under status 200."""

from datetime import UTC, datetime

from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.venues.payloads import Row
from entrypoints.simulator.venues.reply import Call, Reply

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


class AlphaVantageStandIn:
    """Knows the currencies that the simulated Binance trades, and the US dollar, by their values in dollars."""

    paths = frozenset({PATH})
    window_seconds = _DAY_SECONDS

    def __init__(self, market: SimulatedMarket) -> None:
        self._market = market

    def weight(self, _: Call) -> int:
        """Return 1: calls are what it counts."""
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

    def used_weight_headers(self, used: int, now: float) -> dict[str, str]:  # noqa: ARG002 -- it tells nothing of the kind
        """Return none."""
        return {}

    def books(self, tick: int) -> dict[str, Row]:  # noqa: ARG002 -- it has none
        """Return none."""
        return {}

    def _usd(self, code: str, tick: int) -> float | None:
        return 1.0 if code == "USD" else self._market.usd(code, tick)


def _rate(base: str, quote: str, price: float, now: float) -> Row:
    return {
        "1. From_Currency Code": base,
        "2. From_Currency Name": base,
        "3. To_Currency Code": quote,
        "4. To_Currency Name": quote,
        "5. Exchange Rate": f"{price:.8f}",
        "6. Last Refreshed": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "7. Time Zone": "UTC",
        "8. Bid Price": f"{price * 0.9999:.8f}",
        "9. Ask Price": f"{price * 1.0001:.8f}",
    }
