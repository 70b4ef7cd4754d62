"""Prices of every exchange arrive by its stream: conversions at them need no call."""

import asyncio

import aiohttp

from adapters.system_clock import SystemClock
from entrypoints.simulator.app import SIZE_CHANGES_PER_SECOND, VENUES, simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.venues.venue import Venue
from tests.resilience.streaming import EXCHANGES, settings_at
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.serving import serving

PATIENCE_SECONDS = 80.0
CONVERSIONS = 20


async def test_conversions_at_every_exchange_are_answered_from_its_stream(client: aiohttp.ClientSession) -> None:
    market = SimulatedMarket(binance_pairs=100, kucoin_pairs=100)
    exchanges = simulator_app(market, weight_times=1000, size_changes_per_second=SIZE_CHANGES_PER_SECOND)
    async with (
        serving(exchanges) as url,
        running_service(url, client, SystemClock(), **settings_at(url)) as service,
        asyncio.timeout(PATIENCE_SECONDS),
        asyncio.TaskGroup() as asking,
    ):
        for exchange in EXCHANGES:
            asking.create_task(_are_answered_without_a_call(service, exchange, exchanges[VENUES][exchange]))


async def _are_answered_without_a_call(service: Service, exchange: str, venue: Venue) -> None:
    while True:  # until streamed prices are in use
        before, ages = venue.state()["calls"], []
        for _ in range(CONVERSIONS):
            answer = await service.convert("ETH", "BTC", "1", exchange=exchange, cache_max_seconds=3)
            assert answer.status == 200, answer
            ages.append(answer.json["updated_at"])
            await asyncio.sleep(0.1)
        if venue.state()["calls"] == before:
            break
    assert ages[-1] > ages[0]
