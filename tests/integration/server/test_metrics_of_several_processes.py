"""Metrics under gunicorn: each worker reports those of all, even of dead ones."""

import os
import signal
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from tests.contracts.exposed import Exposed
from tests.servers.gunicorn import GUNICORN
from tests.servers.service_client import CONVERT, Service
from tests.servers.service_process import ServiceProcess, running_process
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually

FOLDERS = (Path("/dev/shm"), Path("/tmp"))  # noqa: S108 -- where gunicorn_config may make one
WORKERS = 2
CONVERSIONS = 40

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="workers are found in Linux's /proc")


@pytest.fixture
async def newcomer() -> AsyncIterator[aiohttp.ClientSession]:
    """A client with a connection for each request, so that either worker may be the one to answer."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        yield session


@pytest.fixture
async def gunicorn(
    exchanges: SimulatedExchanges, newcomer: aiohttp.ClientSession, tmp_path: Path
) -> AsyncIterator[ServiceProcess]:
    async with running_process(exchanges.url, newcomer, tmp_path, command=GUNICORN, workers=str(WORKERS)) as process:
        try:
            await eventually(lambda: has_its_workers(process))
            yield process
        finally:
            process.process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    assert folders_of(process) == []


async def test_either_worker_reports_the_sum_of_both_and_the_counts_of_killed_workers_stay(
    gunicorn: ServiceProcess,
) -> None:
    await convert_until_both_have(gunicorn)
    before = await scrape(gunicorn.service)
    conversions = before.count("crossrate_conversions_total")
    assert conversions >= CONVERSIONS
    assert before.value("crossrate_requests_total", route=CONVERT, status="200") == conversions
    assert before.value("crossrate_request_duration_seconds_count", route=CONVERT) == conversions
    for _ in range(10):
        assert (await scrape(gunicorn.service)).count("crossrate_conversions_total") == conversions
    lookups = before.count("crossrate_price_lookups_total")
    assert lookups == conversions
    assert before.value("crossrate_exchange_calls_total", exchange="binance", outcome="ok") == 2 * WORKERS
    assert before.value("crossrate_market_age_seconds", exchange="binance", payload="books") is not None
    killed = workers_of(gunicorn)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    await eventually(lambda: has_its_workers(gunicorn, besides=killed))
    after = await scrape(gunicorn.service)
    assert after.count("crossrate_conversions_total") == conversions
    # The requests that a killed worker was handling are lost.
    assert after.value("crossrate_market_age_seconds", exchange="binance", payload="books") is None
    assert (await gunicorn.service.convert()).status == 200

    async def is_one_more() -> bool:
        return (await scrape(gunicorn.service)).count("crossrate_conversions_total") == conversions + 1

    await eventually(is_one_more)


async def convert_until_both_have(gunicorn: ServiceProcess) -> None:
    """Convert at least `CONVERSIONS` times, and on until each worker has."""
    made = 0

    async def is_enough() -> bool:
        nonlocal made
        answer = await gunicorn.service.convert(cache_max_seconds=1000)
        assert answer.status == 200
        made += 1
        return made >= CONVERSIONS and all(conversions_of(gunicorn, pid) > 0 for pid in workers_of(gunicorn))

    async def are_handed_over() -> bool:
        return sum(conversions_of(gunicorn, pid) for pid in workers_of(gunicorn)) == made

    await eventually(is_enough)
    await eventually(are_handed_over)


def conversions_of(gunicorn: ServiceProcess, pid: int) -> float:
    (folder,) = folders_of(gunicorn)
    file = str(folder / f"counter_{pid}.db")
    found: Iterable[Metric] = MultiProcessCollector.merge([file])  # type: ignore[no-untyped-call]  # the library's
    samples = [sample for metric in found for sample in metric.samples]
    return sum(sample.value for sample in samples if sample.name == "crossrate_conversions_total")


def folders_of(gunicorn: ServiceProcess) -> list[Path]:
    pattern = f"crossrate-metrics-{gunicorn.process.pid}-*"
    return [found for place in FOLDERS for found in place.glob(pattern)]


def workers_of(gunicorn: ServiceProcess) -> list[int]:
    pid = gunicorn.process.pid
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def has_its_workers(gunicorn: ServiceProcess, besides: Sequence[int] = ()) -> bool:
    """Tell whether all are there and have started to serve, or to count at least; one that boots misses a SIGTERM."""
    workers = [pid for pid in workers_of(gunicorn) if pid not in besides]
    counting = [pid for pid in workers for folder in folders_of(gunicorn) if (folder / f"counter_{pid}.db").exists()]
    return len(counting) == len(workers) == WORKERS and await answers(gunicorn.service)


async def scrape(service: Service) -> Exposed:
    answer = await service.ask("GET", "/metrics")
    assert answer.status == 200, answer.body
    return Exposed(answer.body.decode())


async def answers(service: Service) -> bool:
    try:
        return (await service.ask("GET", "/health/live")).status == 200
    except aiohttp.ClientConnectionError:
        return False
