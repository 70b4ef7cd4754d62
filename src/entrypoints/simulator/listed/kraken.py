"""Answers as Kraken does: rows by key, old codes of assets beside new ones, and errors under HTTP 200."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from entrypoints.simulator.faults.kinds import FailureCode, Fault, Nonsense, Status
from entrypoints.simulator.listed.kraken_streams import KrakenStreams
from entrypoints.simulator.market.listing import Condition, ListingPlan, SimulatedPair
from entrypoints.simulator.market.simulated import PairPrices
from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.venues.listed_exchange import ListedExchange, is_trading, price_text, size_text

ASSET_PAIRS, ASSETS, TICKER = "/0/public/AssetPairs", "/0/public/Assets", "/0/public/Ticker"
DEPTH = "/0/public/Depth"
_MOST_LEVELS = 500
_TIME = "/0/public/Time"

PLAN = ListingPlan(
    exchange="kraken",
    named="""
        BTC/USD ETH/USD ETH/BTC USDT/USD USDC/USD BTC/USDT ETH/USDT BTC/EUR ETH/EUR EUR/USD GBP/USD USD/JPY USD/CAD
        DOGE/USD DOGE/BTC TRX/USD ADA/USD TRX/EUR ADA/EUR ADA/BTC XRP/USD XRP/BTC LTC/USD XLM/USD ETC/USD ZEC/USD
        LUNC/USD LUNA/USD SHIB/USD PEPE/USD SOL/USD T/USD 1INCH/USD DAI/USD ADA/DAI TRX/DAI?WIDE XLM/DAI?EMPTY
        LTC/DAI?NO_BID BCH/DAI?NO_ASK ETC/DAI?CROSSED ANT/USD?HALTED BTS/USD?HALTED_WITH_STALE_BOOK GTO/USD?NOT_SPOT
        PLATO/USD?ZERO ABAN/USD
        """,
    quotes={"USD": 0.97, "EUR": 0.9, "BTC": 0.3, "ETH": 0.1, "USDT": 0.1, "GBP": 0.1},
    decimals=(1, 10),
)

# Assets of the first years have codes with an X or a Z before a name of three letters; newer ones are their own codes.
_OLD = {
    **{code: f"X{code}" for code in ("ETC", "ETH", "LTC", "MLN", "REP", "XBT", "XDG", "XLM", "XMR", "XRP", "ZEC")},
    **{code: f"Z{code}" for code in ("AUD", "CAD", "EUR", "GBP", "JPY", "USD")},
}
_KRAKENS_NAMES = {
    "BTC": "XBT", "DOGE": "XDG", "LUNC": "LUNA", "LUNA": "LUNA2", "USTC": "UST", "REP": "REPV2", "REPV1": "REP",
}  # fmt: skip
_USUAL_NAMES = {name: usual for usual, name in _KRAKENS_NAMES.items()}

_STATUSES = {Condition.HALTED: "cancel_only", Condition.HALTED_WITH_STALE_BOOK: "post_only"}
_TIERS = (0, 10_000, 50_000, 100_000, 250_000)
_FEES = [[volume, fee] for volume, fee in zip(_TIERS, (0.4, 0.35, 0.24, 0.22, 0.2), strict=True)]
_FEES_MAKER = [[volume, fee] for volume, fee in zip(_TIERS, (0.25, 0.2, 0.14, 0.12, 0.1), strict=True)]

_ERRORS = {429: "EGeneral:Too many requests", 400: "EGeneral:Invalid arguments"}
_UNAVAILABLE = "EService:Unavailable"


class SimulatedKraken(ListedExchange):
    """https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs."""

    name = PLAN.exchange
    plan = PLAN
    pair_count = 600
    recordings = ("AssetPairs", "Assets")
    paths = frozenset({ASSET_PAIRS, ASSETS, TICKER, DEPTH, _TIME})

    def weight(self, call: Call) -> int:  # noqa: ARG002 -- all cost the same
        """Return 1: Kraken limits the number of calls."""
        return 1

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        match call.path:
            case "/0/public/AssetPairs":
                return Reply(self.once("AssetPairs", lambda: _result({p.symbol: row for p, row in self.listing})))
            case "/0/public/Assets":
                return Reply(self.once("Assets", lambda: _result(self._assets())))
            case "/0/public/Ticker":
                everything = partial(self.latest, "Ticker", call, lambda: _result(self._tickers(call.tick)))
                return self._some_tickers(call) if "pair" in call.query else Reply(everything())
            case "/0/public/Depth":
                return self._depth(call)
            case "/0/public/Time":
                return Reply.of(_result({"unixtime": int(call.now)}))
            case _:
                return _failed("EGeneral:Unknown method")

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:  # noqa: ARG002
        """Answer errors, under HTTP 200 too, and nonsense."""
        match fault:
            case Status():
                headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
                text = fault.message or _ERRORS.get(fault.code, _UNAVAILABLE)
                return Reply.of({"error": [text]}, fault.code, **headers)
            case FailureCode():
                return _failed(fault.message or _UNAVAILABLE)
            case Nonsense():
                return Reply.of(_result("hello"))
            case _:
                return None

    def with_rows(self, document: Any, change: Callable[[list[Row]], list[object]]) -> object | None:  # noqa: ANN401 -- any JSON
        """Change pairs or tickers."""
        rows = document.get("result")
        if not isinstance(rows, dict) or not any("base" in row or "a" in row for row in rows.values()):
            return None
        return dict(document, result=dict(zip(rows, change(list(rows.values())), strict=False)))

    def symbol(self, pair: SimulatedPair) -> str:
        """Return the key: of codes if both are old, of names otherwise."""
        names = _krakens(pair.base), _krakens(pair.quote)
        return "".join(_OLD[name] for name in names) if _OLD.keys() >= set(names) else "".join(names)

    def listed(self, pair: SimulatedPair) -> Row:
        """Return the pair's row of AssetPairs."""
        base, quote = _krakens(pair.base), _krakens(pair.quote)
        return {
            "altname": f"{base}{quote}",
            "wsname": f"{base}/{quote}",
            "aclass_base": "currency",
            "base": _code(base),
            "aclass_quote": "currency",
            "quote": _code(quote),
            "lot": "unit",
            "cost_decimals": 5,
            "pair_decimals": pair.decimals,
            "lot_decimals": 8,
            "lot_multiplier": 1,
            "leverage_buy": [],
            "leverage_sell": [],
            "fees": _FEES,
            "fees_maker": _FEES_MAKER,
            "fee_volume_currency": "ZUSD",
            "margin_call": 80,
            "margin_stop": 40,
            "ordermin": "0.0001",
            "costmin": "0.5",
            "tick_size": price_text(pair, 1),
            "status": "online" if is_trading(pair) else _STATUSES.get(pair.condition, "reduce_only"),
        }

    def streams(self) -> KrakenStreams:
        """Return its streams."""
        return KrakenStreams(lambda: self.market, self._stream_names)

    def recorded_listing(self, recorded: Mapping[str, Any]) -> list[tuple[SimulatedPair, Row]]:
        """Return the pairs that a ticker shows, with the fields that Kraken has added since."""
        names = {code: _usual(row["altname"]) for code, row in recorded["Assets"]["result"].items()}
        found = []
        for key, row in recorded["AssetPairs"]["result"].items():
            if row["base"] in names and row["quote"] in names and not key.endswith(".d"):
                is_online = row.get("status", "online") == "online"
                pair = self.pair(key, names[row["base"]], names[row["quote"]], is_trading=is_online)
                added = {"status": "online", "costmin": "0.5", "tick_size": price_text(pair, 1)}
                found.append((pair, added | row))
        return found

    @property
    def _own_assets(self) -> dict[str, Row]:
        names = dict.fromkeys(_krakens(code) for pair, _ in self.listing for code in (pair.base, pair.quote))
        staked = {f"{name}.S": _asset(f"{name}.S") for name in ("ADA", "ATOM")}
        return {_code(name): _asset(name) for name in names} | staked

    def _assets(self) -> dict[str, Row]:
        if self._recorded is None:
            return self._own_assets
        assets: dict[str, Row] = self._recorded["Assets"]["result"]
        return assets

    def _stream_names(self) -> dict[str, str]:
        return {pair.symbol: _stream_name(row["wsname"]) for pair, row in self.listing if "wsname" in row}

    def _tickers(self, tick: int) -> dict[str, Row]:
        return {prices.pair.symbol: _ticker(prices) for prices in self.market.prices(tick)}

    def _depth(self, call: Call) -> Reply:
        asked = call.query.get("pair", "")
        keys = {name: pair.symbol for pair, row in self.listing for name in (pair.symbol, row["altname"])}
        key = keys.get(asked, "")
        sides = self.order_book(call, key, min(int(call.query.get("count", "100")), _MOST_LEVELS))
        if sides is None:
            return _failed("EQuery:Unknown asset pair")
        bids, asks = ([[*level, int(call.now)] for level in side] for side in sides)
        return Reply.of(_result({key: {"asks": asks, "bids": bids}}))

    def _some_tickers(self, call: Call) -> Reply:
        keys = {name: pair.symbol for pair, row in self.listing for name in (pair.symbol, row["altname"])}
        asked = [keys.get(name) for name in call.query["pair"].split(",")]
        if None in asked:
            return _failed("EQuery:Unknown asset pair")
        return Reply.of(_result({key: row for key, row in self._tickers(call.tick).items() if key in asked}))


def _ticker(prices: PairPrices) -> Row:
    pair, last = prices.pair, prices.last
    low, high = price_text(pair, max(last * 49 // 50, 1)), price_text(pair, last * 51 // 50 + 1)
    middle = price_text(pair, last)
    return {
        "a": _side(prices, prices.ask),
        "b": _side(prices, prices.bid),
        "c": [middle, "0.10000000"],
        "v": ["0.78648221", "163.28908096"],
        "p": [middle, middle],
        "t": [35, 3276],
        "l": [low, low],
        "h": [high, high],
        "o": middle,
    }


def _side(prices: PairPrices, steps: int | None) -> list[str | None]:
    if not steps:
        return [price_text(prices.pair, 0), "0", "0.000"]
    size = size_text(prices)
    return [price_text(prices.pair, steps), size.partition(".")[0], size[:-1]]


def _krakens(usual: str) -> str:
    return _KRAKENS_NAMES.get(usual, usual)


def _usual(name: str) -> str:
    return _USUAL_NAMES.get(name, name)


def _stream_name(name: str) -> str:
    """Return the name in streams, which call only these two assets differently."""
    return "/".join(_usual(part) if part in {"XBT", "XDG"} else part for part in name.split("/"))


def _code(name: str) -> str:
    return _OLD.get(name, name)


def _asset(name: str) -> Row:
    return {"aclass": "currency", "altname": name, "decimals": 10, "display_decimals": 5, "status": "enabled"}


def _result(result: object) -> Row:
    return {"error": [], "result": result}


def _failed(text: str) -> Reply:
    return Reply.of({"error": [text]})
