"""`crossrate worker` and `crossrate scheduler` as processes: they record, report it, and stop on a signal."""

import asyncio
import signal
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from adapters.sql.database import SqlDatabase
from application.quotes.ports.quote_repository import QuoteFilter
from domain.errors import DatabaseUnavailable
from entrypoints.simulator.app import simulator_app
from tests.contracts.exposed import Exposed
from tests.servers.command import environment, run_crossrate
from tests.servers.postgres import PostgresProcess
from tests.servers.redis import RedisProcess
from tests.servers.service_process import running_command
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import MARKET, settings_of
from tests.servers.source import free_port
from tests.waiting import eventually

KEY = "k3y-of-the-test"
PATIENCE_SECONDS = 60
STOP_SECONDS = 20

LATE_SECONDS = 5.0
# Seconds, on a busy machine; the next tick would be up to ten minutes later.
SOON_SECONDS = 20.0


async def has_logged(log: Path, event: str) -> bool:
    return event in await asyncio.to_thread(log.read_text)


async def test_together_they_record_report_it_and_stop_cleanly(tmp_path: Path, redis_url: str) -> None:
    database = SqlDatabase(f"sqlite:///{tmp_path}/quotes.db", upgrades_itself=False)
    await database.migrate()
    ports = {"worker": free_port(), "scheduler": free_port()}

    async def recorded() -> set[str]:
        async with database.reading() as work:
            return {str(row.quote.pair) for row in await work.quotes.list_page(QuoteFilter(), None, 100)}

    async def is_all_recorded() -> bool:
        return await recorded() == {"BTC/USD", "BTC/USDT", "ETH/USDT"}

    async with serving(simulator_app(MARKET)) as exchanges, aiohttp.ClientSession() as client:

        async def all_is_counted() -> bool:  # a moment after it was recorded
            async with client.get(f"http://127.0.0.1:{ports['worker']}/metrics") as response:
                exposed = Exposed(await response.text())
            runs = exposed.value("crossrate_job_runs_total", job="record_hour", outcome="done")
            return runs == 3 and exposed.value("crossrate_quote_age_seconds", pair="BTC/USD") is not None

        settings = settings_of(exchanges) | {
            "alphavantage_api_key": KEY,
            "redis_url": redis_url,
            "database_url": f"sqlite:///{tmp_path}/quotes.db",
            "log_level": "debug",
            "log_format": "json",
        }
        of = {name: settings | {"jobs_port": str(port)} for name, port in ports.items()}
        async with (
            running_command("worker", tmp_path, **of["worker"]) as worker,
            running_command("scheduler", tmp_path, **of["scheduler"]) as scheduler,
        ):
            await eventually(is_all_recorded, PATIENCE_SECONDS)
            for port in ports.values():
                async with client.get(f"http://127.0.0.1:{port}/health/live") as response:
                    assert await response.json() == {"status": "alive"}
            async with client.get(f"http://127.0.0.1:{ports['worker']}/health/ready") as response:
                assert {pair["status"] for pair in (await response.json())["quotes"].values()} == {"fresh"}
            await eventually(all_is_counted, PATIENCE_SECONDS)
            for process in (worker, scheduler):
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(STOP_SECONDS):
                    assert await process.wait() == 0
    await database.close()
    for name in ports:
        log = (tmp_path / f"{name}.log").read_text()
        assert log.count("process_stopped") == 1
        assert KEY not in log


async def test_redis_and_the_database_may_start_after_them(
    tmp_path: Path, redis_process: RedisProcess, postgres_process: PostgresProcess
) -> None:
    database = SqlDatabase(postgres_process.url, upgrades_itself=False)
    await database.migrate()
    postgres_process.stop()
    redis_process.kill()

    async def recorded() -> set[str]:
        try:
            async with database.reading() as work:
                return {str(row.quote.pair) for row in await work.quotes.list_page(QuoteFilter(), None, 100)}
        except DatabaseUnavailable:
            return set()

    async def is_all_recorded() -> bool:
        return await recorded() == {"BTC/USD", "BTC/USDT", "ETH/USDT"}

    async with serving(simulator_app(MARKET)) as exchanges:
        settings = settings_of(exchanges) | {
            "alphavantage_api_key": KEY,
            "redis_url": redis_process.url,
            "database_url": postgres_process.url,
            "log_format": "json",
        }
        async with running_command("worker", tmp_path, **settings), running_command("scheduler", tmp_path, **settings):
            for name in ("worker", "scheduler"):
                await eventually(partial(has_logged, tmp_path / f"{name}.log", "process_started"), PATIENCE_SECONDS)
            await asyncio.sleep(LATE_SECONDS)  # meanwhile they run without Redis and the database
            await asyncio.to_thread(redis_process.start)
            await asyncio.sleep(LATE_SECONDS / 2)
            await asyncio.to_thread(postgres_process.start)
            async with asyncio.timeout(SOON_SECONDS):
                await eventually(is_all_recorded, PATIENCE_SECONDS)
    await database.close()


@pytest.mark.parametrize("name", ["worker", "scheduler"])
async def test_without_redis_they_do_not_start(name: str, tmp_path: Path) -> None:
    ended = await run_crossrate(name, folder=tmp_path, environment=environment())
    assert (ended.status, ended.output) == (2, "")
    assert "CROSSRATE_REDIS_URL is not set" in ended.errors


async def test_a_taken_port_is_reported_in_a_line(tmp_path: Path) -> None:
    async with serving(simulator_app(MARKET)) as taken:
        settings = {"redis_url": "redis://127.0.0.1:1/0", "jobs_port": taken.rpartition(":")[2]}
        assert (await run_crossrate("migrate", folder=tmp_path, environment=environment())).status == 0
        ended = await run_crossrate("scheduler", folder=tmp_path, environment=environment(**settings))
    assert ended.status == 3
    assert "Cannot listen on" in ended.errors
    assert "Traceback" not in ended.errors
