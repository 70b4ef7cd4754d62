"""Requests cannot use up what an exchange allows this address, whatever they ask for."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from adapters.kucoin.market_data import POOL, WEIGHTS, WINDOW_SECONDS
from adapters.system_clock import SystemClock
from application.market_data.fetch_spacing import BURST_SHARE, ON_DEMAND_SHARE
from application.market_data.ports.fetch_lock import Payload
from tests.integration.problems import is_problem
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import KUCOIN_BOOKS, SimulatedExchanges
from tests.unit.fakes.clock import TickingClock

ATTACK_SECONDS = 3.0
ATTACKERS = 10


@pytest.fixture
async def two_services(
    moving_exchanges: SimulatedExchanges, client: aiohttp.ClientSession, redis_url: str
) -> AsyncIterator[tuple[Service, Service]]:
    """Two services that share a Redis, one of which keeps the markets fresh."""
    settings = {"redis_url": redis_url, "sync_interval_seconds": 1}
    one = running_service(moving_exchanges.url, client, SystemClock(), **settings)
    other = running_service(moving_exchanges.url, client, SystemClock(), **settings)
    async with one as first, other as second:
        yield first, second


async def test_asking_for_the_latest_prices_all_the_time_leaves_exchanges_most_of_their_weight(
    two_services: tuple[Service, Service], moving_exchanges: SimulatedExchanges
) -> None:
    before, began_at = await moving_exchanges.weight("kucoin"), time.monotonic()
    answers = []

    async def attack(service: Service) -> None:
        while time.monotonic() < began_at + ATTACK_SECONDS:
            answers.append(await service.convert(exchange="kucoin", cache_max_seconds=None))

    async with asyncio.TaskGroup() as group:
        for service in two_services * ATTACKERS:
            group.create_task(attack(service))
        for _ in range(5):
            await asyncio.sleep(0.4)
            victim = await two_services[0].convert(exchange="kucoin", cache_max_seconds=10)
            assert victim.status == 200
            assert victim.seconds < 0.5
    used, seconds = await moving_exchanges.weight("kucoin") - before, time.monotonic() - began_at
    share = POOL * ON_DEMAND_SHARE
    assert used <= share * (BURST_SHARE + (1 - BURST_SHARE) * seconds / WINDOW_SECONDS) + 2 * sum(WEIGHTS.values())
    assert {answer.status for answer in answers} == {200}
    # Each fetch serves all that wait for it, in both services.
    assert len(answers) > 2 * used / WEIGHTS[Payload.BOOK_TICKERS]


async def use_elsewhere(exchanges: SimulatedExchanges, client: aiohttp.ClientSession, weight: int) -> None:
    """Call the exchange as another program of this address does."""
    for _ in range(weight // WEIGHTS[Payload.BOOK_TICKERS]):
        async with client.get(f"{exchanges.url}/kucoin{KUCOIN_BOOKS}") as response:
            assert response.status == 200


async def test_once_the_exchange_tells_that_its_share_is_used_up_another_answers_or_a_503_says_when(
    service: Service, exchanges: SimulatedExchanges, client: aiohttp.ClientSession, clock: TickingClock
) -> None:
    await use_elsewhere(exchanges, client, int(POOL * ON_DEMAND_SHARE) - WEIGHTS[Payload.BOOK_TICKERS])
    assert (await service.convert(exchange="kucoin")).status == 200  # which tells it
    calls = await exchanges.calls("kucoin")
    refused = await service.convert(exchange="kucoin")
    assert is_problem(refused, 503)
    assert refused.json["failures"] == {"kucoin": "throttled"}
    wait_seconds = int(refused.headers["Retry-After"])
    assert 0 < wait_seconds <= WINDOW_SECONDS
    assert (await service.convert()).json["exchange"] == "binance"
    assert (await service.convert(exchange="kucoin", cache_max_seconds=60)).status == 200
    assert await exchanges.calls("kucoin") == calls
    clock.advance(wait_seconds)
    exchanges.clock.advance(wait_seconds)
    assert (await service.convert(exchange="kucoin")).status == 200
    metrics = (await service.ask("GET", "/metrics")).body.decode()
    assert 'crossrate_fetches_throttled_total{exchange="kucoin"} 1.0' in metrics
