"""Processes that share a Redis make one call to an exchange for all of them, and never two at once."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from domain.decimals import plain
from domain.rates.book import TopOfBook
from domain.rates.rounding import round_rate
from tests.servers.gunicorn import two_workers
from tests.servers.service_client import Answer
from tests.servers.service_process import ServiceProcess, running_process
from tests.servers.simulated_exchanges import (
    BINANCE_BOOKS,
    BINANCE_LISTING,
    KUCOIN_LISTING,
    SimulatedExchanges,
    running_simulated_exchanges,
)
from tests.waiting import eventually

TICK_SECONDS = 0.02
LEASE_SECONDS = 3.0


@pytest.fixture
async def moving(client: aiohttp.ClientSession) -> AsyncIterator[SimulatedExchanges]:
    """Simulated exchanges whose prices move fifty times a second."""
    async with running_simulated_exchanges(client, in_real_time=True, tick_seconds=TICK_SECONDS) as exchanges:
        yield exchanges


async def test_a_thousand_cold_requests_to_two_workers_fetch_pairs_and_prices_once(
    moving: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    settings = {"attempt_timeout_seconds": "10", "max_connections_per_address": "0"}
    async with two_workers(moving.url, fresh_client, tmp_path, redis_url=redis_url, **settings) as workers:
        await moving.commit("binance", "latency", milliseconds=300)
        answers = await asyncio.gather(*(workers.service.convert(cache_max_seconds=60) for _ in range(1000)))
        assert {answer.status for answer in answers} == {200}
        assert workers.process.events("cache_failed") == []
        assert await moving.paths("binance") == {BINANCE_LISTING: 1, BINANCE_BOOKS: 1}
        # Its pairs were fetched by one of them, in case Binance had none.
        assert await moving.paths("kucoin") in ({}, {KUCOIN_LISTING: 1})


async def test_latest_prices_are_fetched_after_each_request_and_never_twice_at_once(
    moving: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    one = running_process(moving.url, fresh_client, tmp_path, redis_url=redis_url, attempt_timeout_seconds="10")
    other = running_process(moving.url, fresh_client, tmp_path, redis_url=redis_url, attempt_timeout_seconds="10")
    async with one as first, other as second:
        asked: list[tuple[float, Answer]] = []
        over_at = time.time() + 3.0

        async def ask(process: ServiceProcess) -> None:
            while (sent_at := time.time()) < over_at:
                asked.append((sent_at, await process.service.convert()))

        async with asyncio.TaskGroup() as group:
            for process in (first, second) * 10:
                group.create_task(ask(process))
        assert {answer.status for _, answer in asked} == {200}
        newest = await newest_tick_by_rate(moving, asked[0][0], time.time())
        stale = [sent_at for sent_at, answer in asked if newest[answer.json["rate"]] < int(sent_at // TICK_SECONDS)]
        assert stale == []
        assert await moving.most_at_once("binance") == 1
        assert len(asked) > await moving.calls("binance")


async def newest_tick_by_rate(exchanges: SimulatedExchanges, since: float, until: float) -> dict[str, int]:
    """Return for each rate of BTC to USDT the last tick at which Binance's prices gave it."""
    newest = {}
    for tick in range(int(since // TICK_SECONDS), int(until // TICK_SECONDS) + 1):
        row = (await exchanges.books("binance", tick))["BTCUSDT"]
        book = TopOfBook.parse(row["bid"], row["ask"])
        newest[plain(round_rate(book.mid, Decimal(1)))] = tick
    return newest


async def test_a_process_that_dies_during_a_fetch_costs_the_others_no_more_than_its_lease(
    moving: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    one = running_process(moving.url, fresh_client, tmp_path, redis_url=redis_url, attempt_timeout_seconds="20")
    other = running_process(moving.url, fresh_client, tmp_path, redis_url=redis_url, attempt_timeout_seconds="20")
    async with one as first, other as second:
        await moving.commit("binance", "hang", times=1)
        abandoned = asyncio.create_task(first.service.convert())

        async def is_asked() -> bool:
            return await moving.calls("binance") >= 1

        await eventually(is_asked)
        waiting = asyncio.create_task(second.service.convert())
        await asyncio.sleep(0.2)
        os.kill(first.process.pid, signal.SIGKILL)
        answer = await waiting
        assert (answer.status, answer.json["exchange"]) == (200, "binance")
        assert answer.seconds < LEASE_SECONDS + 1.0
        with pytest.raises(aiohttp.ClientError):
            await abandoned


async def test_a_pause_holds_for_all_processes_and_outlives_them(
    moving: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    one = running_process(moving.url, fresh_client, tmp_path, redis_url=redis_url)
    other = running_process(moving.url, fresh_client, tmp_path, redis_url=redis_url)
    async with one as first, other as second:
        await moving.commit("binance", "status", code=429, retry_after=30, times=1)
        for process in (first, second):
            answer = await process.service.convert(exchange="binance")
            assert answer.status == 503
            assert 0 < int(answer.headers["Retry-After"]) <= 30
        calls = await moving.calls("binance")
        assert calls <= 2  # for prices beside the pairs, if the answer came late
    async with running_process(moving.url, fresh_client, tmp_path, redis_url=redis_url) as restarted:
        answer = await restarted.service.convert(exchange="binance")
        assert (answer.status, await moving.calls("binance")) == (503, calls)
        assert (await restarted.service.readiness())["dependencies"]["binance"]["breaker"] == "open"
