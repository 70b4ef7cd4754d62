"""Processes and connections that end in the middle of writes: the key tells what became of each, and totals hold."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import make_url

from adapters.sql.database import SqlDatabase
from tests.integration.identity.client import Newcomers
from tests.integration.money.depositor import Depositor
from tests.integration.money.journal import Journal, unbalanced
from tests.integration.money.length import CLIENTS_GONE, CUTS, KILLS, SERVICE_KILLS
from tests.resilience.proxy import Fault, Link, Proxy, running_proxy
from tests.resilience.spending import AT_ONCE, Order, Spending, spending_of
from tests.servers.gunicorn import Workers, two_workers
from tests.servers.postgres import PostgresProcess, running_postgres
from tests.servers.service_client import Service
from tests.servers.service_process import SERVE, ServiceProcess, running_process
from tests.servers.simulated_exchanges import SimulatedExchanges, running_simulated_exchanges
from tests.servers.source import free_port
from tests.waiting import eventually

LIMITS = ("authenticate", "account", "credentials", "wallets")


class CommitsCut(Fault):
    """Every few commits the connection is reset: in turn after the database has heard of it, and before."""

    def __init__(self, every: int) -> None:
        self.cuts = 0
        self._every = every
        self._commits = 0

    async def carry(self, chunk: bytes, link: Link) -> None:
        is_commit = not link.is_answer and b"COMMIT" in chunk
        self._commits += is_commit
        if not is_commit or self._commits % self._every:
            await link.send(chunk)
            return
        self.cuts += 1
        if self.cuts % 2:
            await link.send(chunk)
            await asyncio.sleep(0.02)
        raise ConnectionResetError


@dataclass(frozen=True, slots=True)
class Bank:
    """Two gunicorn workers, and Postgres behind a proxy. `settings` are those of the workers."""

    workers: Workers
    postgres: PostgresProcess
    proxy: Proxy
    exchanges: SimulatedExchanges
    client: aiohttp.ClientSession
    settings: Mapping[str, str]

    async def spending(self) -> Spending:
        return await spending_at(self.workers.service)

    async def is_balanced(self) -> bool:
        return unbalanced(await Journal(self.postgres.url).postings()) == {}


@pytest.fixture(scope="module")
def module_postgres() -> Iterator[PostgresProcess]:
    with running_postgres() as process:
        yield process


@pytest.fixture(scope="module")
async def bank(module_postgres: PostgresProcess, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bank]:
    database = SqlDatabase(module_postgres.url, upgrades_itself=False)
    await database.migrate()
    await database.close()
    folder = tmp_path_factory.mktemp("bank")
    connector = aiohttp.TCPConnector(limit=0, force_close=True)  # any worker may get the next request
    place = make_url(module_postgres.url)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=10)) as client,
        running_simulated_exchanges(client) as exchanges,
        running_proxy((str(place.host), int(place.port or 0))) as proxy,
    ):
        address = place.set(port=proxy.port).render_as_string(hide_password=False)
        limits = {f"rate_limit_{name}": "off" for name in LIMITS}
        settings = {"database_url": address, "trusted_proxies": "127.0.0.1/32", **limits}
        async with two_workers(exchanges.url, client, folder, **settings) as workers:
            await workers.process.has_opened_its_database()
            yield Bank(workers, module_postgres, proxy, exchanges, client, settings)


async def spending_at(service: Service) -> Spending:
    user = await Newcomers(service).user()
    # A token would expire after 15 minutes of kills.
    return await spending_of(Depositor(await user.new_key("wallets:read", "wallets:write")))


def until_one_is_unknown(spending: Spending, kills: int) -> Iterator[int]:
    """Count so many kills, and then on until one has hit a write on its way. The test's time limit ends it."""
    return takewhile(lambda number: number < kills or not spending.unknown, count())


async def check(bank: Bank, spending: Spending) -> None:
    await spending.adds_up()
    await spending.stays_decided()
    assert await bank.is_balanced()
    assert not bank.workers.process.events("request_failed")


async def test_the_key_tells_the_outcome_of_a_commit_whose_connection_was_cut(bank: Bank) -> None:
    spending, fault = await bank.spending(), CommitsCut(every=5)

    async def is_enough() -> bool:  # a cut may hit the commit of a job instead of a request
        return fault.cuts >= CUTS and spending.unknown >= CUTS / 2

    async with spending.goes_on():
        bank.proxy.commit(fault)
        await eventually(is_enough, within_seconds=100)
        bank.proxy.stop()
    await check(bank, spending)


async def test_killed_workers_leave_each_write_whole_or_undone(bank: Bank) -> None:
    spending, killed = await bank.spending(), set[int]()
    async with spending.goes_on():
        for _ in until_one_is_unknown(spending, KILLS):
            await asyncio.sleep(spending.seed.uniform(0.2, 0.5))
            started = len(bank.workers.process.events("service_started"))
            chosen = spending.seed.choice([pid for pid in bank.workers.booted if pid not in killed])
            os.kill(chosen, signal.SIGKILL)
            killed.add(chosen)

            async def is_back(started: int = started) -> bool:
                return len(bank.workers.process.events("service_started")) > started

            await eventually(is_back)
    await check(bank, spending)


async def test_a_killed_service_leaves_each_write_whole_or_undone(bank: Bank, tmp_path: Path) -> None:
    settings = {**bank.settings, "port": str(free_port())}

    def start() -> AbstractAsyncContextManager[ServiceProcess]:
        return running_process(bank.exchanges.url, bank.client, tmp_path, command=SERVE, **settings)

    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(start())
        spending = await spending_at(running.service)
        async with spending.goes_on():
            for _ in until_one_is_unknown(spending, SERVICE_KILLS):
                done = len(spending.applied)

                # For all who wait, or some order would meet nothing but services that are killed before they answer it.
                async def works(done: int = done) -> bool:
                    return len(spending.applied) >= done + AT_ONCE

                await eventually(works)
                await asyncio.sleep(spending.seed.uniform(0.0, 0.3))
                running.process.kill()
                await running.wait()
                running = await stack.enter_async_context(start())
        assert not running.events("request_failed")
        await check(bank, spending)


async def test_a_killed_postgres_keeps_what_it_has_confirmed(bank: Bank) -> None:
    spending = await bank.spending()
    async with spending.goes_on():
        for _ in until_one_is_unknown(spending, KILLS):
            await asyncio.sleep(spending.seed.uniform(0.2, 0.5))
            done = len(spending.applied)
            bank.postgres.kill()
            bank.postgres.start()

            async def works_again(done: int = done) -> bool:
                return len(spending.applied) > done

            await eventually(works_again)
    await check(bank, spending)


async def test_clients_that_go_away_leave_each_write_whole_or_undone(bank: Bank) -> None:
    spending = await bank.spending()
    moments = random.Random(7)  # noqa: S311 -- a seed, so that a failure comes again

    async def give_up(order: Order) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(moments.uniform(0.0, 0.03)):
                await order.send(spending.depositor)

    orders = [spending.next_order() for _ in range(CLIENTS_GONE)]
    for done in (give_up, spending.settle):
        for start in range(0, CLIENTS_GONE, AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for order in orders[start : start + AT_ONCE]:
                    group.create_task(done(order))
    await check(bank, spending)
