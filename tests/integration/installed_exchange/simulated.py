"""Orca, simulated: what a new exchange brings for the simulator."""

from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.venues.simulated_exchange import SimulatedExchange
from tests.integration.installed_exchange import wire

PAIRS = {"XXBTZORC": ("BTC", "ORC", "1999.0", "2001.0"), "XXBTUSDT": ("BTC", "USDT", "63000.0", "63010.0")}
ASSET_PAIRS, TICKER = "/0/public/AssetPairs", "/0/public/Ticker"


class SimulatedOrca(SimulatedExchange):
    """Trades BTC against USDT, and against ORC, which no other exchange lists."""

    name = "orca"
    paths = frozenset({ASSET_PAIRS, TICKER})
    window_seconds = 60

    def weight(self, call: Call) -> int:  # noqa: ARG002 -- all cost the same
        return 1

    def reply(self, call: Call) -> Reply:
        if call.path == ASSET_PAIRS:
            return Reply.of(wire.answer([wire.pair(key, base, quote) for key, (base, quote, _, _) in PAIRS.items()]))
        if call.path == TICKER:
            tickers = [wire.ticker(key, bid, ask) for key, (_, _, bid, ask) in PAIRS.items()]
            return Reply.of(wire.answer(tickers, time=call.now))
        return Reply.of({"error": ["EGeneral:Unknown method"]})

    def books(self, tick: int) -> dict[str, Row]:  # noqa: ARG002 -- nothing moves here
        return {
            key: {"base": base, "quote": quote, "bid": bid, "ask": ask, "is_tradable": True}
            for key, (base, quote, bid, ask) in PAIRS.items()
        }
