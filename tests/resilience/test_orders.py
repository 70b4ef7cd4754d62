"""Orders while everything breaks: each is accepted once, bought once and paid once, or refunded."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import aiohttp
import pytest
import redis
from sqlalchemy import make_url

from adapters.sql.database import SqlDatabase
from domain.currency import Currency
from domain.orders.clearing_asset import AfterWait, ClearingAsset
from entrypoints.simulator.app import VENUES, simulator_app
from entrypoints.simulator.faults.kinds import ANY_FAULT
from entrypoints.simulator.venues.account import API_KEY, API_SECRET
from entrypoints.simulator.venues.simulated_binance import SimulatedBinance
from entrypoints.simulator.venues.venue import Venue
from tests.integration.identity.client import Newcomers
from tests.integration.orders.for_sale import sell
from tests.resilience.buying import BTC, Buying, buyers_at
from tests.resilience.length import (
    KILLS,
    MOST_SECONDS,
    ORDERS,
    ORDERS_AT_ONCE,
    STALL_SECONDS,
    USERS,
    WAIT_SECONDS,
    WORKERS,
)
from tests.resilience.order_books import books_at, venue_books
from tests.resilience.proxy import Proxy, running_proxy
from tests.resilience.test_money import CommitsCut
from tests.servers.forked import ForkedProcess
from tests.servers.gunicorn import Workers, two_workers
from tests.servers.postgres import PostgresProcess
from tests.servers.service import JWT_SECRET
from tests.servers.service_process import running_command
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import MARKET, settings_of
from tests.simulation.orders.invariants import FINAL, Ending, prices_are_firm
from tests.waiting import eventually

TERMS = ClearingAsset(
    BTC, ("binance",), threshold=Decimal(100), after_wait=AfterWait.BUY, max_wait_seconds=WAIT_SECONDS
)
LIMITS = ("authenticate", "account", "credentials", "wallets", "orders")

# What the exchange does to requests: good and bad answers, each for a few of them.
VENUE_FAULTS: tuple[dict[str, object], ...] = (
    {"kind": "latency", "milliseconds": 800, "times": 3},
    {"kind": "status", "code": 503, "times": 2, "method": "POST", "executes_after_milliseconds": 500},
    {"kind": "status", "code": 503, "times": 2, "method": "POST"},
    {"kind": "reset", "times": 1, "method": "POST", "executes_after_milliseconds": 0},
    {"kind": "reset", "times": 2},
    {"kind": "thin_book", "percent": 40, "times": 2},
    {"kind": "truncated_body", "times": 1, "method": "POST", "executes_after_milliseconds": 0},
)


@dataclass
class Broken:
    """Everything that runs, and what breaks it. `broken` counts what was done to each."""

    api: Workers
    postgres: PostgresProcess
    proxy: Proxy
    venue: Venue
    redis_url: str
    folder: Path
    settings: dict[str, str]
    stack: AsyncExitStack
    workers: list[ForkedProcess] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(76))  # noqa: S311 -- no secret

    async def start_worker(self) -> None:
        command = running_command("worker", self.folder, **self.settings)
        self.workers.append(await self.stack.enter_async_context(command))

    async def go_on(self, buying: Buying, over: asyncio.Event) -> None:
        """Break one thing after another until `over`, and kill something whenever so many more orders are decided."""
        cuts = CommitsCut(every=9)
        self.proxy.commit(cuts)
        while not over.is_set() or self.broken.get("kills", 0) < KILLS:
            await asyncio.sleep(self.chance.uniform(0.1, 0.6))
            self.venue.set_fault(ANY_FAULT.validate_python(self.chance.choice(VENUE_FAULTS)))
            kills = self.broken.get("kills", 0)
            if kills < KILLS and (over.is_set() or buying.decided >= kills * ORDERS // KILLS):
                self.broken["kills"] = kills + 1
                await self._kill(kills)
        self.proxy.stop()
        self.venue.set_fault(None)
        self.broken["cuts"] = cuts.cuts

    async def _kill(self, kills: int) -> None:
        if kills % 10 == 5:
            self.postgres.kill()
            self.postgres.start()
            self._count("postgres")
        elif kills % 2:
            victim = self.workers.pop(0)
            victim.kill()
            await victim.wait()
            await self.start_worker()
            self._count("workers")
        else:
            await self._kill_api()
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushall()

    async def _kill_api(self) -> None:
        alive = [pid for pid in self.api.booted if _is_alive(pid, self.api.process.process.pid)]
        started = len(self.api.process.events("service_started"))
        os.kill(self.chance.choice(alive), signal.SIGKILL)
        self._count("api")

        async def is_back() -> bool:
            return len(self.api.process.events("service_started")) > started

        await eventually(is_back, STALL_SECONDS)

    def _count(self, what: str) -> None:
        self.broken[what] = self.broken.get(what, 0) + 1


def _is_alive(pid: int, parent: int) -> bool:
    """Tell whether this child of `parent` still runs. In a long run its number may be another process' by now."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return False
    state, its_parent = stat.read_text().rpartition(")")[2].split()[:2]
    return state != "Z" and int(its_parent) == parent


@pytest.fixture
async def broken(postgres_process: PostgresProcess, redis_url: str, tmp_path: Path) -> AsyncIterator[Broken]:
    database = SqlDatabase(postgres_process.url, upgrades_itself=False)
    await database.migrate()
    await database.close()
    await sell(postgres_process.url, TERMS)
    place = make_url(postgres_process.url)
    simulator = simulator_app(MARKET, clock=time.time)
    connector = aiohttp.TCPConnector(limit=0, force_close=True)  # any worker may get the next request
    async with AsyncExitStack() as stack:
        timeout = aiohttp.ClientTimeout(total=20)
        client = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, timeout=timeout))
        url = await stack.enter_async_context(serving(simulator))
        proxy = await stack.enter_async_context(running_proxy((str(place.host), int(place.port or 0))))
        settings = {
            "database_url": place.set(port=proxy.port).render_as_string(hide_password=False),
            "redis_url": redis_url,
            "trusted_proxies": "127.0.0.1/32",
            "brokers": "binance",
            "binance_trading_url": f"{url}/binance",
            "binance_api_key": API_KEY,
            "binance_api_secret": API_SECRET,
            "order_price_band_percent": "20",
            "order_loss_limit": "1000000",
            "divergence_threshold_percent": "20",
            "log_format": "json",
            **{f"rate_limit_{name}": "off" for name in LIMITS},
        }
        api = await stack.enter_async_context(two_workers(url, client, tmp_path, **settings))
        await api.process.has_opened_its_database()
        worker = settings_of(url) | settings | {"jwt_secret": JWT_SECRET, "quote_pairs": "none"}
        venue = simulator[VENUES]["binance"]
        it = Broken(api, postgres_process, proxy, venue, redis_url, tmp_path, worker, stack)
        for _ in range(WORKERS):
            await it.start_worker()
        yield it


@pytest.mark.timeout(MOST_SECONDS)
async def test_no_order_is_lost_or_doubled_whatever_is_killed(broken: Broken) -> None:
    buying = Buying(await buyers_at(Newcomers(broken.api.service), broken.postgres.url, USERS))
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(broken.go_on(buying, over))
        await buying.buy(ORDERS, ORDERS_AT_ONCE)
        over.set()
    assert broken.broken["cuts"] > 0
    assert buying.unanswered > 0
    users = [buyer.user_id for buyer in buying.buyers]

    async with asyncio.timeout(MOST_SECONDS / 2):
        await _all_are_final(broken.postgres.url)
    books, attempts = await books_at(broken.postgres.url, users)
    assert not books.unfinished
    assert {order.status for order in books.orders} <= FINAL
    exchange = broken.venue.exchange
    assert isinstance(exchange, SimulatedBinance)
    venue = venue_books("binance", exchange._trading.account, attempts)
    ending = Ending(books, buying.purchases, [venue], buying.deposits, Fraction(5, 1000), Fraction(1, 1000))
    assert list(ending.violations(prices_are_firm)) == []
    assert sum(order.status == "settled" for order in books.orders) > ORDERS / 10
    assert not broken.api.process.events("request_failed")
    assert Currency("BTC") in venue.balances


async def _all_are_final(address: str) -> None:
    """Wait until no order is queued and no batch unfinished. Raises `TimeoutError` when nothing moves for too long."""
    database = SqlDatabase(address, upgrades_itself=False)
    seen: object = None
    since = time.monotonic()
    while seen != ([], []):
        async with database.reading() as unit:
            now = await unit.orders.queues(), await unit.batches.list_unfinished()
        if now != seen:
            seen, since = now, time.monotonic()
        if time.monotonic() - since > STALL_SECONDS:
            raise TimeoutError(f"nothing has moved for {STALL_SECONDS:.0f} s")
        await asyncio.sleep(0.5)
    await database.close()
