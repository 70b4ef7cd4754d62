"""Conversions from prices that exchanges stream."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from adapters.system_clock import SystemClock
from tests.feeds.stream_server import BinanceStreams
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

PATIENCE_SECONDS = 20.0


@pytest.fixture
async def streams() -> AsyncIterator[BinanceStreams]:
    server = BinanceStreams()
    async with server.running():
        yield server


async def keep_busy(streams: BinanceStreams, exchanges: SimulatedExchanges) -> None:
    """Stream another pair again and again, as an exchange with many pairs does."""
    book = (await exchanges.tradable("binance"))["ETHUSDT"]
    for number in range(1, 10**6):
        await streams.push("ETHUSDT", str(book.bid), str(book.ask), number)
        await asyncio.sleep(0.05)


@pytest.fixture
async def service(
    streams: BinanceStreams, exchanges: SimulatedExchanges, client: aiohttp.ClientSession
) -> AsyncIterator[Service]:
    feed_url = streams.url.replace("http", "ws")
    settings = {"exchanges": ("binance",), "binance_feed_url": feed_url, "sync_interval_seconds": 0.5}
    async with running_service(exchanges.url, client, SystemClock(), **settings) as service:
        yield service


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 -- the state is another server's
            await asyncio.sleep(0.05)


async def rate_is(service: Service, rate: str, **fields: object) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await service.convert(**fields)).json.get("rate") != rate:  # noqa: ASYNC110 -- as above
            await asyncio.sleep(0.05)


async def test_a_stream_that_goes_silent_while_it_answers_pings_leaves_answers_no_older_than_they_say(
    service: Service, streams: BinanceStreams, exchanges: SimulatedExchanges
) -> None:
    """ccxt#22662: after hours the socket is open, pings are answered, and prices come no more."""
    await until(lambda: any("BTCUSDT" in each.symbols for each in streams.sockets))
    busy = asyncio.create_task(keep_busy(streams, exchanges))
    await asyncio.sleep(3)  # as above
    price = int((await exchanges.tradable("binance"))["BTCUSDT"].bid) + 1
    await streams.push("BTCUSDT", str(price), str(price + 2), 1)
    await rate_is(service, str(price + 1), cache_max_seconds=1)
    busy.cancel()
    await asyncio.wait([busy])
    silent_at = time.time()
    for _ in range(30):
        answer = await service.convert(cache_max_seconds=60)
        assert answer.json["rate"] != str(price + 1) or answer.json["updated_at"] <= silent_at
        await asyncio.sleep(0.1)
    answer = await service.convert(cache_max_seconds=1)
    assert answer.json["rate"] != str(price + 1)  # it is fetched


async def test_a_streamed_price_answers_within_a_second_of_age_and_without_a_call(
    service: Service, streams: BinanceStreams, exchanges: SimulatedExchanges
) -> None:
    await until(lambda: any("BTCUSDT" in each.symbols for each in streams.sockets))
    busy = asyncio.create_task(keep_busy(streams, exchanges))
    await asyncio.sleep(3)  # a snapshot from after the subscription is taken
    price = int((await exchanges.tradable("binance"))["BTCUSDT"].bid) + 1
    await streams.push("BTCUSDT", str(price), str(price + 2), 1)
    await rate_is(service, str(price + 1), cache_max_seconds=1)
    before = await exchanges.calls("binance")
    await streams.push("BTCUSDT", str(price + 2), str(price + 4), 2)
    await asyncio.sleep(0.5)
    for _ in range(20):
        answer = await service.convert(cache_max_seconds=1)
        assert answer.json["rate"] == str(price + 3)
        await asyncio.sleep(0.1)
    assert await exchanges.calls("binance") == before
    busy.cancel()
