"""Simulated exchanges and sources in one application: /binance, /kucoin, /alphavantage, /ecb, beside /control."""

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import web

from entrypoints.simulator.control import add_control
from entrypoints.simulator.faults.false_replies import falsified
from entrypoints.simulator.faults.sending import send
from entrypoints.simulator.market.listing import BINANCE, KUCOIN
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.reply import Call, Reply
from entrypoints.simulator.venues.generated_binance import GeneratedBinance
from entrypoints.simulator.venues.generated_kucoin import GeneratedKuCoin
from entrypoints.simulator.venues.payloads import Payloads
from entrypoints.simulator.venues.recorded import RecordedPayloads
from entrypoints.simulator.venues.simulated_alphavantage import SimulatedAlphaVantage
from entrypoints.simulator.venues.simulated_binance import SimulatedBinance
from entrypoints.simulator.venues.simulated_ecb import SimulatedEcb
from entrypoints.simulator.venues.simulated_exchange import SimulatedExchange
from entrypoints.simulator.venues.simulated_kucoin import SimulatedKuCoin
from entrypoints.simulator.venues.venue import Venue

TICK_HEADER = "X-Simulator-Tick"


def simulator_app(
    market: SimulatedMarket | None = None,
    *,
    data: Path | None = None,
    tick_seconds: float = 1.0,
    weight_times: int = 1,
    clock: Callable[[], float] = time.time,
    more: Sequence[SimulatedExchange] = (),
) -> web.Application:
    """Simulate exchanges over a simulated market, or over the recorded payloads in the folder `data`.

    `more` exchanges are added to the built-in ones. `weight_times` multiplies their real rate limits, except that
    recorded payloads tell their own. `clock` returns Unix seconds. Prices move once in `tick_seconds`.
    Raises `UnusableRecording` when `data` is missing, incomplete or unreadable.
    """
    exchanges = (*_simulated(market or SimulatedMarket(), data, tick_seconds, weight_times), *more)
    venues = {exchange.name: Venue(exchange) for exchange in exchanges}
    app = web.Application()
    closing = asyncio.Event()

    async def close(_: web.Application) -> None:
        closing.set()

    def tick() -> int:
        return int(clock() // tick_seconds)

    app.on_shutdown.append(close)
    for venue in venues.values():
        app.router.add_get(f"/{venue.name}/{{path:.*}}", _handler(venue, tick, clock, closing))
    add_control(app, venues, tick)
    return app


def _simulated(
    market: SimulatedMarket, data: Path | None, tick_seconds: float, weight_times: int
) -> Sequence[SimulatedExchange]:
    binance: Payloads = GeneratedBinance(market, tick_seconds, weight_times)
    kucoin: Payloads = GeneratedKuCoin(market, tick_seconds)
    if data is not None:
        binance, kucoin = RecordedPayloads(BINANCE, data), RecordedPayloads(KUCOIN, data, tick_seconds)
    more = SimulatedAlphaVantage(market), SimulatedEcb()  # there are no recorded payloads of these
    return SimulatedBinance(binance), SimulatedKuCoin(kucoin, weight_times), *more


def _handler(
    venue: Venue, tick: Callable[[], int], clock: Callable[[], float], closing: asyncio.Event
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        call = Call("/" + request.match_info["path"], request.query, tick(), clock())
        headers = venue.exchange.used_weight_headers(venue.count(call), call.now)
        try:
            return await answered(request, call, headers)
        finally:
            venue.ended()

    async def answered(request: web.Request, call: Call, headers: dict[str, str]) -> web.StreamResponse:
        fault = venue.next_fault(call.path)

        def honest() -> Reply:
            return venue.exchange.reply(call)

        reply = honest() if fault is None else falsified(fault, venue.exchange, honest, call.now)
        headers = headers | {TICK_HEADER: str(call.tick)} | dict(reply.headers)
        return await send(request, dataclasses.replace(reply, headers=headers), fault, closing)

    return answer
