"""A Postgres that hangs delays nobody for long, and a slow statement may finish."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from adapters.sql.database import SqlDatabase
from adapters.sql.liveness import PROBE_AFTER_SECONDS, PROBE_TIMEOUT_SECONDS
from adapters.sql.open_database import OpenDatabase, open_database
from domain.errors import DatabaseUnavailable
from tests.integration.identity.client import Client, Newcomers
from tests.integration.problems import is_problem
from tests.servers.postgres import PostgresProcess
from tests.servers.service import RunService
from tests.servers.service_client import Answer

pytestmark = pytest.mark.usefixtures("prompt_probes")

FIRST_SECONDS, LATER_SECONDS, BACK_SECONDS = 2.5, 0.05, 5.0

# More than the pool has connections, so that some wait for one of those that hang.
AT_ONCE = 30


@pytest.fixture
async def database(postgres_process: PostgresProcess) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(postgres_process.url, upgrades_itself=True)
    await asyncio.gather(*(seconds_until_answered(database) for _ in range(AT_ONCE)))
    yield database
    postgres_process.resume()
    await database.close()


async def seconds_until_answered(database: SqlDatabase) -> float:
    started = time.monotonic()
    async with database.reading() as work:
        await work.users.list_all()
    return time.monotonic() - started


async def seconds_until_rejected(database: SqlDatabase) -> float:
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        await seconds_until_answered(database)
    return time.monotonic() - started


async def seconds_until_back(database: SqlDatabase) -> float:
    started = time.monotonic()
    while time.monotonic() - started < BACK_SECONDS:
        try:
            await seconds_until_answered(database)
        except DatabaseUnavailable:
            await asyncio.sleep(0.01)
        else:
            break
    return time.monotonic() - started


async def test_only_the_first_callers_wait_for_a_moment_until_it_recovers(
    database: SqlDatabase, postgres_process: PostgresProcess
) -> None:
    for _ in range(2):
        postgres_process.pause()
        assert max(await asyncio.gather(*(seconds_until_rejected(database) for _ in range(AT_ONCE)))) < FIRST_SECONDS
        for _ in range(3):
            assert statistics.median([await seconds_until_rejected(database) for _ in range(9)]) < LATER_SECONDS
            await asyncio.sleep(PROBE_TIMEOUT_SECONDS / 2)  # while a probe waits for an answer
        postgres_process.resume()
        assert await seconds_until_back(database) < BACK_SECONDS
        assert max(await asyncio.gather(*(seconds_until_answered(database) for _ in range(AT_ONCE)))) < FIRST_SECONDS


async def test_a_process_that_stood_still_does_not_take_the_server_for_hung(postgres_process: PostgresProcess) -> None:
    database = await open_database(postgres_process.url, upgrades_itself=True)
    running = asyncio.create_task(sleeping(database, 1.5))
    await asyncio.sleep(PROBE_AFTER_SECONDS + 0.01)  # the probe is under way
    time.sleep(PROBE_TIMEOUT_SECONDS + 0.1)  # noqa: ASYNC251 -- on purpose
    await running
    await database.close()


async def test_a_check_fails_soon_and_then_at_once(database: SqlDatabase, postgres_process: PostgresProcess) -> None:
    postgres_process.pause()
    taken = []
    for _ in range(5):
        started = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            await database.check()
        taken.append(time.monotonic() - started)
    assert taken[0] < FIRST_SECONDS
    assert min(taken[1:]) < LATER_SECONDS
    postgres_process.resume()
    assert await seconds_until_back(database) < BACK_SECONDS
    assert await database.check()


async def test_a_statement_in_progress_when_it_hangs_ends_soon(postgres_process: PostgresProcess) -> None:
    database = await open_database(postgres_process.url, upgrades_itself=True)
    slow = asyncio.create_task(sleeping(database, 30))
    await asyncio.sleep(2 * PROBE_AFTER_SECONDS)  # by now a probe has found the server healthy
    postgres_process.pause()
    started = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        await slow
    assert time.monotonic() - started < FIRST_SECONDS
    postgres_process.resume()
    await database.close()


async def test_a_slow_statement_is_not_taken_for_a_server_that_hangs(postgres_process: PostgresProcess) -> None:
    database = await open_database(postgres_process.url, upgrades_itself=True)
    started = time.monotonic()
    await sleeping(database, 3 * (PROBE_AFTER_SECONDS + PROBE_TIMEOUT_SECONDS))
    assert time.monotonic() - started > 2 * (PROBE_AFTER_SECONDS + PROBE_TIMEOUT_SECONDS)
    await database.close()


async def test_a_unit_that_is_slow_to_end_delays_nobody_else(postgres_process: PostgresProcess) -> None:
    database = SqlDatabase(postgres_process.url, upgrades_itself=True)
    is_inside = asyncio.Event()

    async def leaving() -> None:
        async with database.reading():
            is_inside.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(4)

    slow = asyncio.create_task(leaving())
    await is_inside.wait()
    postgres_process.pause()
    assert await seconds_until_rejected(database) < FIRST_SECONDS
    await asyncio.sleep(1.5 * (PROBE_AFTER_SECONDS + PROBE_TIMEOUT_SECONDS))  # by now it has been probed again
    assert await seconds_until_rejected(database) < LATER_SECONDS
    with pytest.raises(DatabaseUnavailable):
        await slow
    await database.close()


async def test_it_can_be_closed_while_the_server_hangs(postgres_process: PostgresProcess) -> None:
    database = await open_database(postgres_process.url, upgrades_itself=True)
    await asyncio.gather(*(sleeping(database, 0.1) for _ in range(3)))  # each takes two connections
    postgres_process.pause()
    started = time.monotonic()
    await database.close()
    assert time.monotonic() - started < FIRST_SECONDS


async def sleeping(database: OpenDatabase, seconds: float) -> None:
    async with database.unit(writes=False), database.engine.connect() as connection:
        await connection.execute(text(f"SELECT pg_sleep({seconds})"))


async def test_hanging_from_the_start_delays_only_the_first_callers(
    postgres_process: PostgresProcess,
) -> None:
    await SqlDatabase(postgres_process.url, upgrades_itself=True).migrate()
    postgres_process.pause()
    database = SqlDatabase(postgres_process.url, upgrades_itself=False)
    assert max(await asyncio.gather(*(seconds_until_rejected(database) for _ in range(AT_ONCE)))) < FIRST_SECONDS + 1
    deadline = time.monotonic() + 4  # opening it is retried meanwhile
    while time.monotonic() < deadline:
        assert statistics.median([await seconds_until_rejected(database) for _ in range(5)]) < LATER_SECONDS
        await asyncio.sleep(0.1)
    postgres_process.resume()
    assert await seconds_until_back(database) < BACK_SECONDS
    await database.close()


async def test_the_service_answers_503_soon_and_readiness_does_not_wait(
    run_service: RunService, postgres_process: PostgresProcess
) -> None:
    await SqlDatabase(postgres_process.url, upgrades_itself=True).migrate()
    settings = {"rate_limit_authenticate": "off", "quote_pairs": ("BTC/USDT",)}
    async with run_service(database_url=postgres_process.url, **settings) as service:
        ada = await Newcomers(service).user()
        postgres_process.pause()
        first = await asyncio.gather(*(ada.ask("GET", "/me") for _ in range(AT_ONCE)), is_ready(ada))
        assert max(answer.seconds for answer in first) < FIRST_SECONDS
        for answer in first[:-1]:
            assert is_problem(answer, 503)
            assert int(answer.headers["Retry-After"]) > 0
        assert statistics.median([(await ada.ask("GET", "/me")).seconds for _ in range(9)]) < LATER_SECONDS
        assert statistics.median([(await is_ready(ada)).seconds for _ in range(9)]) < LATER_SECONDS
        assert (await ada.convert()).status == 200
        postgres_process.resume()
        resumed = time.monotonic()
        while (await ada.ask("GET", "/me")).status != 200:
            assert time.monotonic() - resumed < BACK_SECONDS
            await asyncio.sleep(0.05)  # faster, these requests would soon count as guessed credentials


async def is_ready(client: Client) -> Answer:
    answer = await client.service.ask("GET", "/health/ready")
    assert answer.json["dependencies"]["database"]["status"] == "down"
    return answer
