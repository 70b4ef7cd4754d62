"""Answers as Coinbase Exchange does: all products in one list, and prices of one product only."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from entrypoints.simulator.faults.kinds import FailureCode, Fault, FutureTime, Nonsense, PastTime, Status
from entrypoints.simulator.listed.coinbase_streams import CoinbaseStreams
from entrypoints.simulator.market.listing import ListingPlan, SimulatedPair
from entrypoints.simulator.market.simulated import PairPrices
from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.venues.listed_exchange import ListedExchange, Sides, is_trading, price_text, size_text

PRODUCTS, CURRENCIES, TIME = "/products", "/currencies", "/time"
_LEVELS = {"1": 1, "2": 1000}

PLAN = ListingPlan(
    exchange="coinbase",
    named="""
        BTC/USD ETH/USD ETH/BTC BTC/USDT ETH/USDT USDT/USD BTC/EUR ETH/EUR BTC/GBP USDT/EUR TRX/USD ADA/USD ADA/BTC
        ADA/EUR XRP/USD SOL/USD DOGE/USD SHIB/USD PEPE/USD LTC/USD XLM/USD ETC/USD ZEC/USD T/USD 1INCH/USD DAI/USD
        ADA/DAI TRX/DAI?WIDE XLM/DAI?EMPTY LTC/DAI?NO_BID BCH/DAI?NO_ASK ETC/DAI?CROSSED ANT/USD?HALTED
        BTS/USD?HALTED_WITH_STALE_BOOK GTO/USD?NOT_SPOT PLATO/USD?ZERO ABAN/USD
        """,
    quotes={"USD": 0.97, "USDT": 0.1, "BTC": 0.2, "EUR": 0.3, "GBP": 0.1},
    separator="-",
    decimals=(1, 12),
    absent=frozenset({"BTTC"}),
)

_LEAST_FUNDS = {"BTC": "0.000016", "ETH": "0.00022"}

_MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "NotFound",
    429: "Public rate limit exceeded",
    500: "Internal server error",
    503: "Service unavailable",
}


class SimulatedCoinbase(ListedExchange):
    """https://docs.cdp.coinbase.com/exchange/introduction/welcome."""

    name = PLAN.exchange
    plan = PLAN
    pair_count = 420
    recordings = ("products",)
    paths = frozenset({PRODUCTS, CURRENCIES, TIME})
    window_seconds = 1
    own_faults = ListedExchange.own_faults - {FailureCode} | {FutureTime, PastTime}

    def weight(self, call: Call) -> int:  # noqa: ARG002 -- all cost the same
        """Return 1: Coinbase limits the number of requests."""
        return 1

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        match call.path.split("/")[1:]:
            case ["products"]:
                return Reply(self.once(PRODUCTS, lambda: [row for _, row in self.listing]))
            case ["currencies"]:
                return Reply(self.once(CURRENCIES, self._currencies))
            case ["time"]:
                return Reply.of({"iso": _iso(call.now), "epoch": call.now})
            case ["products", symbol, *what]:
                return self._product(call, symbol, what)
            case _:
                return _failed(404)

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:
        """Answer errors, nonsense, and order books from another time."""
        match fault:
            case Status(code=403):
                return None
            case Status():
                headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
                return _failed(fault.code, fault.message, **headers)
            case Nonsense():
                return Reply.of({"message": "hello"})
            case FutureTime():
                return _as_of(honest(), now + fault.seconds)
            case PastTime():
                return _as_of(honest(), now - fault.seconds)
            case _:
                return None

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401 -- any JSON
        """Change products."""
        is_listing = isinstance(document, list) and document and "base_currency" in document[0]
        return change(document) if is_listing else None

    def listed(self, pair: SimulatedPair) -> Row:
        """Return the pair's row of the products."""
        is_live = is_trading(pair)
        return {
            "id": pair.symbol,
            "base_currency": pair.base,
            "quote_currency": pair.quote,
            "quote_increment": price_text(pair, 1),
            "base_increment": "0.0001",
            "display_name": f"{pair.base}-{pair.quote}",
            "min_market_funds": _LEAST_FUNDS.get(pair.quote, "1"),
            "margin_enabled": False,
            "post_only": False,
            "limit_only": False,
            "cancel_only": not is_live and not pair.is_halted,
            "status": "delisted" if pair.is_halted else "online",
            "status_message": "",
            "trading_disabled": pair.is_halted,
            "fx_stablecoin": False,
            "max_slippage_percentage": "0.02000000",
            "auction_mode": False,
            "high_bid_limit_percentage": "",
        }

    def streams(self) -> CoinbaseStreams:
        """Return its streams."""
        return CoinbaseStreams(lambda: self.market)

    def recorded_listing(self, recorded: Mapping[str, Any]) -> list[tuple[SimulatedPair, Row]]:
        """Return the recorded rows, with the fields that Coinbase has added since."""
        added = {"fx_stablecoin": False, "max_slippage_percentage": "0.02000000", "auction_mode": False}
        return [
            (self.pair(row["id"], row["base_currency"], row["quote_currency"], is_trading=_is_open(row)), added | row)
            for row in recorded["products"]
        ]

    def _product(self, call: Call, symbol: str, what: list[str]) -> Reply:
        row = next((row for pair, row in self.listing if pair.symbol == symbol), None)
        match what:
            case [] if row is not None:
                return Reply.of(row)
            case ["ticker"]:
                return self._ticker(call, symbol)
            case ["book"]:
                return self._book(call, symbol)
            case _:
                return _failed(404)

    def _currencies(self) -> list[Row]:
        codes = dict.fromkeys(code for pair, _ in self.listing for code in (pair.base, pair.quote))
        return [
            {"id": code, "name": f"{code} name", "min_size": "0.00000001", "status": "online", "message": ""}
            | {"max_precision": "0.00000001", "convertible_to": [], "details": {"type": "crypto"}}
            for code in codes
        ]

    def _ticker(self, call: Call, symbol: str) -> Reply:
        prices = next((each for each in self.market.prices(call.tick) if each.pair.symbol == symbol), None)
        return _failed(404) if prices is None else Reply.of(_ticker(prices, call))

    def _book(self, call: Call, symbol: str) -> Reply:
        level = call.query.get("level", "1")
        if level not in _LEVELS:
            return _failed(400, "Invalid level")
        sides = self.order_book(call, symbol, _LEVELS[level])
        return _failed(404) if sides is None else Reply.of(_book(sides, call))


def _book(sides: Sides, call: Call) -> Row:
    bids, asks = ([[*level, 1] for level in side] for side in sides)
    head = {"bids": bids, "asks": asks, "sequence": call.tick}
    return head | {"auction_mode": False, "auction": None, "time": _iso(call.now)}


def _ticker(prices: PairPrices, call: Call) -> Row:
    pair = prices.pair
    return {
        "ask": price_text(pair, prices.ask) or "0",
        "bid": price_text(pair, prices.bid) or "0",
        "volume": "2222",
        "trade_id": call.tick,
        "price": price_text(pair, prices.last),
        "size": size_text(prices),
        "time": _iso(call.now),
        "rfq_volume": "2.5",
    }


def _as_of(reply: Reply, moment: float) -> Reply:
    document = orjson.loads(reply.body.plain)
    return Reply.of(document | {"time": _iso(moment)} if isinstance(document, dict) else document, reply.status)


def _is_open(row: Row) -> bool:
    return row["status"] == "online" and not (row["trading_disabled"] or row["cancel_only"] or row["post_only"])


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _failed(status: int, message: str | None = None, **headers: str) -> Reply:
    return Reply.of({"message": message or _MESSAGES.get(status, "Internal server error")}, status, **headers)
