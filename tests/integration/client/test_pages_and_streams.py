"""What comes piece by piece: pages, and rates as they change."""

import asyncio
from contextlib import aclosing, closing
from decimal import Decimal

import aiohttp
import pytest

from crossrate_client import AsyncClient, Client, PairProblem, RateUpdate, Retries, ServiceUnreachable
from crossrate_client.problems import InvalidInput, NoRoute
from tests.integration.client.conftest import MakeLine
from tests.resilience.proxy import BlackHole
from tests.servers.service import service_app
from tests.servers.service_client import Service
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import SimulatedExchanges

QUICK = Retries(first_delay_seconds=0.01, max_delay_seconds=0.1)


async def test_pages_follow_each_other_without_gaps(warm_service: Service, line: MakeLine) -> None:
    async with line(warm_service) as watched, AsyncClient(watched.url) as client:
        whole = [pair async for pair in client.pairs(exchange="binance", page_size=1000)]
        watched.fault.requests.clear()
        paged = [pair async for pair in client.pairs(exchange="binance", page_size=len(whole) // 3 + 1)]
        assert paged == whole
        assert len(watched.fault.sent(b"/pairs")) == 3
        assert {pair.exchange for pair in paged} == {"binance"}

    def first_currencies() -> list[str]:
        with Client(warm_service.url) as client:
            return [currency.code for currency, _ in zip(client.currencies(page_size=2), range(5), strict=False)]

    assert len(set(await asyncio.to_thread(first_currencies))) == 5


async def test_a_stream_goes_on_where_it_broke(moving_exchanges: SimulatedExchanges, line: MakeLine) -> None:
    app = service_app(moving_exchanges.url, sync_interval_seconds=1)
    async with (
        serving(app) as url,
        aiohttp.ClientSession() as session,
        line(Service(url, session)) as broken,
        AsyncClient(broken.url, retries=QUICK) as client,
        aclosing(client.stream(["BTC/USDT", "EUR/NOTHING"], include_route=True)) as stream,
        asyncio.timeout(30),
    ):
        told = {each.pair: each for each in [await anext(stream), await anext(stream)]}
        rate, problem = told["BTC/USDT"], told["EUR/NOTHING"]
        assert isinstance(rate, RateUpdate)
        assert rate.route
        assert isinstance(rate.rate, Decimal)
        assert isinstance(problem, PairProblem)
        assert isinstance(problem.problem, NoRoute)
        broken.fault.number = 1  # the next piece is lost, and the connection with it
        assert (await anext(stream)).pair
        first, second, *_ = broken.fault.sent(b"/stream")
        assert b"last-event-id" not in first.lower()
        assert b"last-event-id: " in second.lower()


async def test_silence_longer_than_the_heartbeat_is_a_broken_line(warm_service: Service, line: MakeLine) -> None:
    async with line(warm_service) as silent, AsyncClient(silent.url, retries=QUICK) as client:
        silent.proxy.commit(BlackHole())
        with pytest.raises(ServiceUnreachable):
            async with aclosing(client.stream(["BTC/USDT"], heartbeat_seconds=0.2, most_failures=1)) as stream:
                await anext(stream)


async def test_a_stream_that_is_refused_for_good_says_why_at_once(warm_service: Service) -> None:
    def refused() -> None:
        with Client(warm_service.url) as client, closing(client.stream(["BTC"])) as stream:
            next(stream)

    with pytest.raises(InvalidInput, match="pairs"):
        await asyncio.to_thread(refused)
