"""Simulated exchanges and sources in one application, each under its name, beside /control."""

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TypeAlias

from aiohttp import web

from entrypoints.simulator.control import add_control
from entrypoints.simulator.faults.false_replies import falsified
from entrypoints.simulator.faults.kinds import ThinBook
from entrypoints.simulator.faults.sending import send
from entrypoints.simulator.listed import listed_exchanges
from entrypoints.simulator.market.listing import BINANCE, KUCOIN
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.recordings import UnusableRecording
from entrypoints.simulator.reply import Call, Reply
from entrypoints.simulator.streams.protocol import StreamProtocol
from entrypoints.simulator.streams.replay import Replay, read_stream, replay_of
from entrypoints.simulator.streams.streams import Streams
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

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Of a quiet market. In Binance's busiest hours there are thousands.
SIZE_CHANGES_PER_SECOND = 20.0

TICK_HEADER = "X-Simulator-Tick"

# The running exchanges, for tests in the same process.
VENUES = web.AppKey("venues", dict[str, Venue])


def simulator_app(  # noqa: PLR0913 -- one for each choice
    market: SimulatedMarket | None = None,
    *,
    data: Path | None = None,
    tick_seconds: float = 1.0,
    weight_times: int = 1,
    clock: Callable[[], float] = time.time,
    more: Sequence[SimulatedExchange] = (),
    hurry: float = 1.0,
    replays: Sequence[Path] = (),
    replay_speed: float = 1.0,
    size_changes_per_second: float = 0.0,
) -> web.Application:
    """Simulate exchanges over a simulated market, or over the recorded payloads in the folder `data`.

    `more` exchanges are added to the built-in ones. `weight_times` multiplies their real rate limits, except that
    recorded payloads tell their own. `clock` returns Unix seconds. Prices move once in `tick_seconds`.
    The times of WebSocket connections (pings, limits, age) are those of the exchanges divided by `hurry`. Between
    ticks, each stream brings `size_changes_per_second`: books whose prices are unchanged.
    Recorded streams, the `replays`, take the place of the market's, each of its own exchange.
    Raises `UnusableRecording` when `data` or a replay is missing, incomplete or unreadable.
    """
    exchanges = (*_simulated(market or SimulatedMarket(), data, tick_seconds, weight_times, hurry), *more)
    venues = {exchange.name: Venue(exchange) for exchange in exchanges}
    app = web.Application()
    closing = asyncio.Event()

    def tick() -> int:
        return int(clock() // tick_seconds)

    protocols = {each.name: protocol for each in exchanges if (protocol := each.streams()) is not None}
    played = _replays(replays, protocols, replay_speed)
    streams = {
        name: Streams(protocol, tick, clock, hurry, played.get(name), size_changes_per_second)
        for name, protocol in protocols.items()
    }

    async def close(_: web.Application) -> None:
        closing.set()
        for each in streams.values():
            each.close()

    app.on_shutdown.append(close)
    for name, venue in venues.items():
        handler = _or_stream(streams.get(name), _handler(venue, tick, clock, closing), tick, clock)
        for method in ("GET", "POST", "DELETE"):
            app.router.add_route(method, f"/{name}/{{path:.*}}", handler)
    app[VENUES] = venues
    add_control(app, venues, streams, tick)
    app.cleanup_ctx.append(partial(_streaming, list(streams.values())))
    return app


def _replays(paths: Sequence[Path], protocols: Mapping[str, StreamProtocol], speed: float) -> dict[str, Replay]:
    found: dict[str, Replay] = {}
    for path in paths:
        messages = read_stream(path)
        replays = {
            name: replay
            for name, protocol in protocols.items()
            if (replay := replay_of(messages, protocol.recognises, speed)) is not None
        }
        if not replays:
            raise UnusableRecording(f"{path} has no prices of {' or '.join(protocols)}")
        found |= replays
    return found


async def _streaming(streams: Sequence[Streams], _: web.Application) -> AsyncIterator[None]:
    running = [asyncio.create_task(each.run()) for each in streams]
    yield
    for task in running:
        task.cancel()


def _simulated(
    market: SimulatedMarket, data: Path | None, tick_seconds: float, weight_times: int, hurry: float
) -> Sequence[SimulatedExchange]:
    binance: Payloads = GeneratedBinance(market, tick_seconds, weight_times)
    kucoin: Payloads = GeneratedKuCoin(market, tick_seconds)
    if data is not None:
        binance, kucoin = RecordedPayloads(BINANCE, data), RecordedPayloads(KUCOIN, data, tick_seconds)
    more = SimulatedAlphaVantage(market), SimulatedEcb()  # there are no recorded payloads of these
    first = SimulatedBinance(binance), SimulatedKuCoin(kucoin, weight_times, hurry)
    return *first, *more, *listed_exchanges(market.seed, data)


def _or_stream(
    streams: Streams | None, handler: Handler, tick: Callable[[], int], clock: Callable[[], float]
) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        if streams is None or not streams.is_stream("/" + request.match_info["path"]):
            return await handler(request)
        return await streams.serve(request, await _call(request, tick(), clock()))

    return answer


async def _call(request: web.Request, tick: int, now: float) -> Call:
    return Call(
        path="/" + request.match_info["path"],
        query=request.query,
        tick=tick,
        now=now,
        method=request.method,
        raw_query=request.raw_path.partition("?")[2],  # not as aiohttp would encode it: it is signed
        headers=request.headers,
        body=await request.read(),
    )


def _handler(venue: Venue, tick: Callable[[], int], clock: Callable[[], float], closing: asyncio.Event) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        call = await _call(request, tick(), clock())
        headers = venue.exchange.used_weight_headers(venue.count(call), call.now)
        try:
            return await answered(request, call, headers)
        finally:
            venue.ended()

    async def answered(request: web.Request, call: Call, headers: dict[str, str]) -> web.StreamResponse:
        fault = venue.next_fault(call.path, call.method)
        if isinstance(fault, ThinBook):
            call = dataclasses.replace(call, fill_percent=fault.percent)
        honest = cache(partial(venue.exchange.reply, call))  # an order is executed once
        if fault is not None and fault.executes_after_milliseconds is not None:
            execute(fault.executes_after_milliseconds / 1000, call, honest)
        reply = honest() if fault is None else falsified(fault, venue.exchange, honest, call.now)
        headers = headers | {TICK_HEADER: str(call.tick)} | dict(reply.headers)
        return await send(request, dataclasses.replace(reply, headers=headers), fault, closing)

    def execute(seconds: float, call: Call, honest: Callable[[], Reply]) -> None:
        if not seconds:
            honest()
            return

        def late() -> None:  # the exchange looks at the receive window again
            venue.exchange.reply(dataclasses.replace(call, tick=tick(), now=clock()))

        asyncio.get_running_loop().call_later(seconds, late)

    return answer
