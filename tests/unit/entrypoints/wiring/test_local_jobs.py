"""Jobs in the process that serves: only without Redis, and not before the first conversions."""

import asyncio

import aiohttp
import pytest
from dependency_injector import providers
from structlog.testing import capture_logs

from adapters.redis.connection import redis_connection
from application.jobs.scheduler import JobScheduler
from entrypoints.settings.settings import Settings
from entrypoints.wiring import local_jobs
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.local_jobs import running_local_jobs
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.job_queue import FakeJobQueue


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_jobs, "START_AFTER_SECONDS", 0.01)


def container_with(queue: FakeJobQueue, redis: object = None) -> ApplicationContainer:
    settings = Settings(_env_file=None)
    container = ApplicationContainer(
        settings=settings, sessions=dict.fromkeys(settings.called_urls, aiohttp.ClientSession), redis=redis
    )
    container.jobs().local_queue.override(providers.Object(queue))
    container.storage().database.override(providers.Object(FakeDatabase()))
    return container


async def test_without_redis_what_is_due_is_enqueued_soon_after_the_start() -> None:
    queue = FakeJobQueue()
    async with running_local_jobs(container_with(queue)):
        assert queue.enqueued == []
        async with asyncio.timeout(5):
            while len(queue.enqueued) < 11:  # noqa: ASYNC110 -- the queue tells of no event
                await asyncio.sleep(0.001)
    hours = [arguments["pair"] for job, arguments in queue.enqueued if job == "record_hour"]
    assert hours == ["BTC/USD", "BTC/USDT", "ETH/USDT"]
    assert [job for job, _ in queue.enqueued if job != "record_hour"] == [
        "delete_expired_idempotency_keys",
        "verify_ledger",
        "release_expired_holds",
        "delete_old_deliveries",
        "delete_expired_price_locks",
        "reconcile_orders",
        "keep_reference_rates",
        "keep_reference_history",
    ]


async def test_a_service_that_stops_at_once_ends_its_scheduler_too() -> None:
    with capture_logs() as events:
        async with running_local_jobs(container_with(FakeJobQueue())):
            pass
    assert events == []


async def test_with_redis_workers_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: JobScheduler, __: asyncio.Event) -> None:
        raise AssertionError("workers have a scheduler of their own")

    monkeypatch.setattr(JobScheduler, "run", never)
    queue = FakeJobQueue()
    async with redis_connection("redis://127.0.0.1:1/0") as redis, running_local_jobs(container_with(queue, redis)):
        await asyncio.sleep(0.05)
    assert queue.enqueued == []
