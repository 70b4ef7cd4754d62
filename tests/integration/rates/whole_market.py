"""Both exchanges' whole markets behind real sockets and adapters, with the oracles that know what is in them.

The payloads are those of the generated market, or the recorded ones.
"""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import aiohttp
from aiohttp.test_utils import BaseTestServer, TestServer

from adapters.binance.market_data import Binance
from adapters.kucoin.market_data import KuCoin
from adapters.memory.fetch_lock import MemoryFetchLock
from adapters.memory.market_cache import MemoryMarketCache
from application.market_data.assembly import assemble_market_data
from application.market_data.freshness import Generations
from application.market_data.limits import MarketLimits
from application.market_data.market_data import MarketData
from application.market_data.ports.exchange import Exchange
from domain.rates.spread import SpreadBounds
from entrypoints.simulator.app import simulator_app
from tests.integration.rates.market_oracle import ExchangeOracle, binance_oracle, kucoin_oracle
from tests.servers.recordings import recorded_data
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.meter import FakeMeter

DOCUMENTS = {
    "binance/exchangeInfo": "/binance/api/v3/exchangeInfo",
    "binance/ticker_bookTicker": "/binance/api/v3/ticker/bookTicker",
    "kucoin/symbols": "/kucoin/api/v2/symbols",
    "kucoin/allTickers": "/kucoin/api/v1/market/allTickers",
}

RECORDED = recorded_data()

# The folders of recorded payloads; None stands for the generated market.
SOURCES = [None] if RECORDED is None else [None, RECORDED]


def source_name(data: Path | None) -> str:
    return "generated" if data is None else "recorded"


@dataclass(frozen=True)
class WholeMarket:
    """The markets, in the order in which they are asked, and an oracle for each."""

    markets: dict[str, MarketData]
    oracles: dict[str, ExchangeOracle]
    generations: Generations
    meter: FakeMeter
    clock: FakeClock
    server: BaseTestServer


@asynccontextmanager
async def running_whole_market(data: Path | None) -> AsyncIterator[WholeMarket]:
    clock = FakeClock()
    timeout = aiohttp.ClientTimeout(total=10)
    async with (
        TestServer(simulator_app(data=data, clock=clock.now)) as server,
        aiohttp.ClientSession(timeout=timeout) as session,
    ):
        root = str(server.make_url("/"))
        meter = FakeMeter()
        exchanges: list[Exchange] = [
            Binance(base_url=root + "binance", session=session, clock=clock, meter=meter),
            KuCoin(base_url=root + "kucoin", session=session, clock=clock, meter=meter),
        ]
        cache = MemoryMarketCache()
        generations = Generations(clock)
        markets = {
            each.name: assemble_market_data(
                exchange=each,
                cache=cache,
                fetch_lock=MemoryFetchLock(clock),
                clock=clock,
                generations=generations,
                meter=meter,
                limits=MarketLimits(600, SpreadBounds(Decimal(50), Decimal(5))),
            )
            for each in exchanges
        }
        raw = [await _raw(data, name, root + path.lstrip("/"), session) for name, path in DOCUMENTS.items()]
        oracles = {"binance": binance_oracle(raw[0], raw[1]), "kucoin": kucoin_oracle(raw[2], raw[3])}
        yield WholeMarket(markets, oracles, generations, meter, clock, server)


async def _raw(data: Path | None, name: str, url: str, session: aiohttp.ClientSession) -> bytes:
    """A recording is read from its file; the generated market exists only on the wire."""
    if data is not None:
        return gzip.decompress((data / f"{name}.json.gz").read_bytes())
    async with session.get(url) as response:
        assert response.status == 200
        return await response.read()
