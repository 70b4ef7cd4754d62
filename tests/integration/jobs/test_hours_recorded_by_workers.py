"""Schedulers and workers over real databases, with a real Redis and without: one quote per pair and hour."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from dependency_injector import providers
from redis.asyncio import Redis
from structlog.testing import CapturingLogger

from adapters.sql.database import SqlDatabase
from adapters.taskiq.stream_broker import queue_of
from application.jobs.ports.job_queue import JobArguments, JobQueue
from application.jobs.runner import JobRunner
from application.jobs.scheduler import JobScheduler
from application.quotes import record_hour
from application.quotes.ports.quote_repository import QuoteFilter
from domain.quotes.quote import RecordedQuote
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.job_stream import JobStreamContainer
from entrypoints.wiring.jobs import JobsContainer
from entrypoints.wiring.running import running
from tests.secrecy import secrets_of
from tests.servers.simulated_exchanges import SimulatedExchanges, running_simulated_exchanges, settings_of
from tests.waiting import eventually

HOUR = 1_714_302_000
HOURS = 3
PAIRS = ("BTC/USD", "BTC/USDT", "ETH/USDT")
PATIENCE_SECONDS = 20


@pytest.fixture
async def exchanges() -> AsyncIterator[SimulatedExchanges]:
    async with aiohttp.ClientSession() as client, running_simulated_exchanges(client) as exchanges:
        exchanges.clock.time = HOUR - 60
        yield exchanges


class Stack:
    """Schedulers and workers of one installation. Their clock is the simulated exchanges'.

    They have the jobs of hours alone: the others, some of which run each minute, took most of the time.
    """

    def __init__(
        self,
        exchanges: SimulatedExchanges,
        redis_url: str | None,
        database_url: str,
        *,
        key: str | None = "k3y-of-the-hours",
    ) -> None:
        self.exchanges = exchanges
        self.redis_url = redis_url or ""
        settings: dict[str, Any] = settings_of(exchanges.url) | {
            "alphavantage_api_key": key,
            "redis_url": redis_url,
            "database_url": database_url,
            "redis_prefix": "crossrate",
            "quote_pairs": PAIRS,
            "reference_rates": "none",
        }
        secrets_of(settings)
        self.settings = Settings(_env_file=None, **settings)

    @asynccontextmanager
    async def container(self) -> AsyncIterator[ApplicationContainer]:
        with ApplicationContainer.core.clock.override(providers.Object(self.exchanges.clock)):
            async with running(self.settings) as container:
                container.jobs().jobs.override(container.quotes().jobs)
                yield container

    @asynccontextmanager
    async def stream(self, stop: asyncio.Event) -> AsyncIterator[JobStreamContainer]:
        async with self.container() as container:
            yield JobStreamContainer(core=container.core(), jobs=container.jobs(), redis=container.redis(), stop=stop)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[JobsContainer]:
        """A process that schedules and runs jobs by itself, as each does without Redis."""
        async with self.container() as container:
            yield container.jobs()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        async with self.stream(stop) as stream:
            working = asyncio.create_task(stream.worker().work(stop))
            try:
                yield
            finally:
                stop.set()
                await working

    @asynccontextmanager
    async def scheduler(self) -> AsyncIterator[JobScheduler]:
        async with self.stream(asyncio.Event()) as stream:
            try:
                yield stream.scheduler()
            finally:
                await stream.queue().close()

    @asynccontextmanager
    async def all_done(self) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        async with Redis.from_url(self.redis_url) as client:

            async def are_done() -> bool:
                (group,) = await client.xinfo_groups(queue_of("crossrate"))
                return (group["pending"], group["lag"]) == (0, 0)

            yield are_done

    async def rows(self) -> list[RecordedQuote]:
        database = SqlDatabase(self.settings.database_url.get_secret_value(), upgrades_itself=False)
        async with database.reading() as work_unit:
            found = await work_unit.quotes.list_page(QuoteFilter(), None, 1000)
        await database.close()
        return found


class DoneAtOnce(JobQueue):
    """Runs each job as it is enqueued, so that a minute's jobs end before the next minute begins."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    async def enqueue(self, job: str, arguments: JobArguments) -> None:
        await self._runner.run(job, arguments)


async def test_two_schedulers_and_three_workers_record_each_pair_once_an_hour(
    exchanges: SimulatedExchanges, redis_url: str, new_database_url: str
) -> None:
    stack = Stack(exchanges, redis_url, new_database_url)
    async with AsyncExitStack() as running_now:
        for _ in range(3):
            await running_now.enter_async_context(stack.worker())
        schedulers = [await running_now.enter_async_context(stack.scheduler()) for _ in range(2)]
        are_done = await running_now.enter_async_context(stack.all_done())
        for _ in range(HOURS * 60):
            exchanges.clock.advance(60)
            await asyncio.gather(*(scheduler.tick() for scheduler in schedulers))
            await eventually(are_done)
    rows = await stack.rows()
    expected = [(pair, HOUR + number * 3600) for number in range(HOURS) for pair in PAIRS]
    assert sorted((str(row.quote.pair), row.hour) for row in rows) == sorted(expected)
    assert {(str(row.quote.pair), row.quote.source) for row in rows} == {
        ("BTC/USD", "alphavantage"),
        ("BTC/USDT", "exchanges"),
        ("ETH/USDT", "exchanges"),
    }
    assert all(row.recorded_at == row.hour for row in rows), "each on the hour"
    assert await exchanges.calls("alphavantage") == HOURS


async def test_three_processes_without_redis_record_each_pair_once_an_hour(
    exchanges: SimulatedExchanges, new_database_url: str
) -> None:
    stack = Stack(exchanges, None, new_database_url)
    async with AsyncExitStack() as running_now:
        processes = [await running_now.enter_async_context(stack.serving()) for _ in range(3)]
        schedulers = [jobs.scheduler(queue=DoneAtOnce(jobs.runner())) for jobs in processes]
        for _ in range(HOURS * 60):
            exchanges.clock.advance(60)
            await asyncio.gather(*(scheduler.tick() for scheduler in schedulers))
    rows = await stack.rows()
    expected = [(pair, HOUR + number * 3600) for number in range(HOURS) for pair in PAIRS]
    assert sorted((str(row.quote.pair), row.hour) for row in rows) == sorted(expected)
    assert await exchanges.calls("alphavantage") == HOURS


async def test_an_hour_whose_source_was_down_is_recorded_once_it_is_back_and_a_past_one_stays_empty(
    exchanges: SimulatedExchanges, redis_url: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/quotes.db"
    await SqlDatabase(url, upgrades_itself=False).migrate()
    stack = Stack(exchanges, redis_url, url)
    for exchange in ("binance", "kucoin"):
        await exchanges.commit(exchange, "status", code=503)
    async with stack.worker(), stack.scheduler() as scheduler, stack.all_done() as are_done:
        for minute in range(HOURS * 60):
            exchanges.clock.advance(60)
            if minute == 60 + 25:
                for exchange in ("binance", "kucoin"):
                    await exchanges.stop(exchange)
            await scheduler.tick()
            await eventually(are_done)
    of_btc = {row.hour: row.recorded_at for row in await stack.rows() if str(row.quote.pair) == "BTC/USDT"}
    assert of_btc == {HOUR + 3600: HOUR + 3600 + 30 * 60, HOUR + 7200: HOUR + 7200}


async def test_without_a_key_the_dollar_pair_is_skipped_and_no_tether_takes_its_place(
    exchanges: SimulatedExchanges, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(record_hour, "log", log)
    url = f"sqlite:///{tmp_path}/quotes.db"
    await SqlDatabase(url, upgrades_itself=False).migrate()
    stack = Stack(exchanges, redis_url, url, key=None)
    async with stack.worker(), stack.scheduler() as scheduler, stack.all_done() as are_done:
        for _ in range(30):
            exchanges.clock.advance(60)
            await scheduler.tick()
            await eventually(are_done)
    assert sorted(str(row.quote.pair) for row in await stack.rows()) == ["BTC/USDT", "ETH/USDT"]
    assert [call.args[0] for call in log.calls].count("quote_skipped") == 1
    assert await exchanges.calls("alphavantage") == 0
