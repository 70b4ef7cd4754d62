"""Attacks on two workers over Postgres: they cost little, hold up nobody else, and lock out nobody else."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from adapters.sql.database import SqlDatabase
from adapters.sql.open_database import open_database
from tests.integration.identity.client import PASSWORD, Client, Newcomers
from tests.resilience.attackers import ATTACKS
from tests.resilience.length import FAULT_SECONDS
from tests.resilience.test_cheap_attacks import check_cost, cost_of
from tests.secrecy import tokens
from tests.servers.gunicorn import Workers, two_workers
from tests.servers.postgres import PostgresProcess, running_postgres
from tests.servers.service_client import Answer, Service
from tests.servers.simulated_exchanges import running_simulated_exchanges

LIMITS = ("authenticate", "account", "credentials")

ON_WORKERS = ["bombs to conversions", "unknown fields", "batches of wrong lines"]

WAITING, GUESSING = 12, 8

# What waits for a lock or a lockout waits for seconds; a busy machine delays a request by far less.
SOON_SECONDS = 1.0


@pytest.fixture(scope="module")
def module_postgres() -> Iterator[PostgresProcess]:
    with running_postgres() as process:
        yield process


@pytest.fixture(scope="module")
async def workers(module_postgres: PostgresProcess, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workers]:
    database = SqlDatabase(module_postgres.url, upgrades_itself=False)
    await database.migrate()
    await database.close()
    folder: Path = tmp_path_factory.mktemp("workers")
    connector = aiohttp.TCPConnector(limit=0, force_close=True)  # any worker may get the next request
    limits = {f"rate_limit_{name}": "off" for name in LIMITS}
    async with (
        aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as client,
        running_simulated_exchanges(client) as exchanges,
        two_workers(
            exchanges.url,
            client,
            folder,
            database_url=module_postgres.url,
            trusted_proxies="127.0.0.1/32",
            sync_interval_seconds="5",
            **limits,
        ) as both,
    ):
        await both.process.has_opened_its_database()
        yield both


@pytest.fixture(scope="module")
async def usual(workers: Workers) -> dict[str, float]:
    return {
        name: await cost_of(workers.service.url, workers.booted, name)
        for name in {ATTACKS[attack][1] for attack in ON_WORKERS}
    }


@asynccontextmanager
async def attacked(number: int, attack: Callable[[], Awaitable[Answer]]) -> AsyncIterator[list[Answer]]:
    """Keep so many requests of the attack under way; yields their answers."""
    answers: list[Answer] = []

    async def again_and_again() -> None:
        while True:
            answers.append(await attack())

    attacking = [asyncio.create_task(again_and_again()) for _ in range(number)]
    await asyncio.sleep(0.3)
    try:
        yield answers
    finally:
        for each in attacking:
            each.cancel()
        await asyncio.wait(attacking)


async def all_are_served(service: Service, victim: Client) -> None:
    """Convert, look at the own account and probe liveness for a while; each must be answered soon."""
    until = time.monotonic() + FAULT_SECONDS
    while time.monotonic() < until:
        for ask in (victim.convert, lambda: victim.ask("GET", "/me"), lambda: service.ask("GET", "/health/live")):
            began = time.monotonic()
            answer = await ask()
            assert answer.status == 200, answer.body
            assert time.monotonic() - began < SOON_SECONDS


async def make_key(client: Client) -> Answer:
    answer = await client.ask("POST", "/api-keys", json={"name": "a key", "scopes": ["convert"]})
    if answer.status == 201:
        tokens(answer.json)
    return answer


@pytest.mark.parametrize("name", ON_WORKERS)
async def test_a_rejected_request_costs_at_most_twice_an_ordinary_one_on_two_workers(
    workers: Workers, usual: dict[str, float], name: str
) -> None:
    await check_cost(name, ATTACKS[name][1], usual, partial(cost_of, workers.service.url, workers.booted))
    assert (await workers.service.ask("GET", "/health/live")).status == 200


async def test_requests_that_wait_for_a_locked_row_hold_up_nobody_else(
    workers: Workers, module_postgres: PostgresProcess
) -> None:
    newcomers = Newcomers(workers.service)
    attacker, victim = await newcomers.user(), await newcomers.user()
    await victim.convert()
    database = await open_database(module_postgres.url, upgrades_itself=False)
    async with database.engine.connect() as connection:
        await connection.execute(text("SELECT * FROM users WHERE name = :name FOR UPDATE"), {"name": attacker.name})
        async with attacked(WAITING, lambda: make_key(attacker)) as refused:
            await all_are_served(workers.service, victim)
            assert (await make_key(victim)).status == 201
        await connection.rollback()
    await database.close()
    assert refused
    assert {each.status for each in refused} <= {409, 429}
    assert (await make_key(attacker)).status == 201


async def test_guesses_at_a_password_lock_out_neither_its_owner_nor_anybody_else(workers: Workers) -> None:
    newcomers = Newcomers(workers.service)
    owner, neighbour = await newcomers.user(), await newcomers.user()
    guesser = Client(workers.service, owner.name, newcomers.client().address)
    async with attacked(GUESSING, lambda: guesser.login("a long guess")) as guesses:
        await all_are_served(workers.service, neighbour)
        assert (await owner.login(PASSWORD)).status == 200
        assert (await neighbour.login(PASSWORD)).status == 200
    statuses = [each.status for each in guesses]
    assert statuses.count(429) > statuses.count(401) > 0
    assert (await guesser.login(PASSWORD)).status == 429
