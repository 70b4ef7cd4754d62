"""Deposits per second on one account and on many, against bare asyncpg that executes the same statements."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import accumulate, cycle
from uuid import UUID, uuid4

import asyncpg
from tests.servers.postgres import choose_postgres

from adapters.sql.database import SqlDatabase
from adapters.sql.ledger.postgres import APPEND, LOCK
from application.concurrency.group_commit import GroupCommit
from application.ledger.ports.repositories import LedgerRepositories
from application.ledger.post_transaction import post_transaction
from benchmarks.arithmetic import Measurement, interleaved, percentile, ratios
from benchmarks.bench import Bench
from domain.ledger.account import Account, external_ref
from domain.ledger.asset import Asset
from domain.ledger.movements.deposit import deposit

ACCOUNTS = 10_000
CLIENTS = 32
# As many connections as the service writes with.
CONNECTIONS = 8

WARM_UP_SECONDS = 2.0

USD = Asset.of("USD", 2)

_FILL_ACCOUNTS = """
INSERT INTO ledger_accounts (id, owner_id, asset, kind, name, available, held, version, hash, changed_at_us)
SELECT id, owner_id, 'USD', kind, '', 0, 0, 0, decode(repeat('00', 32), 'hex'), 0
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS new (id, owner_id, kind)
"""

Deposit = Callable[[Account], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast deposits were."""

    per_second: float
    p99_milliseconds: float


async def ledger(bench: Bench) -> list[Measurement]:
    """Deposit with 32 clients at once, into one account and into 10,000 by Zipf's law."""
    accounts = [Account.of_user(uuid4(), uuid4(), USD) for _ in range(ACCOUNTS)]
    with choose_postgres(prefer_process=True).start() as url:
        database = SqlDatabase(url, upgrades_itself=False)
        await database.migrate()
        await _filled(url, accounts)
        await _used(database, url, accounts)
        database = SqlDatabase(url, upgrades_itself=False)
        try:
            async with asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
                contenders = {
                    "service": partial(_deposit, GroupCommit(database, _gathering)),
                    "bare": partial(_deposit_bare, pool),
                }
                measurements = []
                for name, choose in (("hot", lambda: accounts[0]), ("zipf", _by_zipf(accounts).__next__)):
                    measurements += await _measured(name, choose, contenders, bench.effort.load_seconds)
                return measurements
        finally:
            await database.close()


async def _measured(
    name: str, choose: Callable[[], Account], contenders: Mapping[str, Deposit], seconds: float
) -> list[Measurement]:
    speeds = await interleaved({key: partial(_speed, each, choose, seconds) for key, each in contenders.items()})
    ours, bare = ([each.per_second for each in speeds[key]] for key in ("service", "bare"))
    ratio = Measurement(f"ledger.{name}", ratios(ours, bare))
    absolute = f"{Measurement('', ours).median:,.0f}/s against {Measurement('', bare).median:,.0f}/s"
    note = f"{CLIENTS} clients, {CONNECTIONS} connections; one process, which both share with their clients"
    return [
        Measurement(ratio.key, ratio.samples, note, absolute),
        Measurement(f"ledger.{name}.rate", ours),
        Measurement(f"ledger.{name}.p99", [each.p99_milliseconds for each in speeds["service"]]),
    ]


async def _speed(deposit_into: Deposit, choose: Callable[[], Account], seconds: float) -> Speed:
    taken: list[float] = []
    started = time.perf_counter()

    async def client() -> None:
        while (begun := time.perf_counter()) < started + seconds:
            await deposit_into(choose())
            taken.append(time.perf_counter() - begun)

    async with asyncio.TaskGroup() as clients:
        for _ in range(CLIENTS):
            clients.create_task(client())
    return Speed(len(taken) / (time.perf_counter() - started), percentile(taken, 0.99) * 1000)


def _gathering(unit: LedgerRepositories) -> AbstractAsyncContextManager[None]:
    return unit.journal.gathering()


async def _deposit(groups: GroupCommit[LedgerRepositories], account: Account) -> None:
    source = external_ref(_owner(account), "USD")
    transaction = deposit(uuid4(), 1, to=account.ref, source=source)

    async def work(unit: LedgerRepositories) -> None:
        await post_transaction(unit, transaction, time.time())

    await groups.write(account.id, work)


async def _deposit_bare(pool: "asyncpg.Pool[asyncpg.Record]", account: Account) -> None:
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(LOCK, [account.id, external_ref(_owner(account), "USD").id])
        now_us = int(time.time() * 1_000_000)
        changes = [Decimal(1 if row["id"] == account.id else -1) for row in rows]
        await connection.fetchrow(
            APPEND,
            *(uuid4(), "deposit", None, now_us, now_us, "", len(rows)),
            [row["id"] for row in rows],
            [row["version"] + 1 for row in rows],
            changes,
            [Decimal(0) for _ in rows],
            [row["available"] + change for row, change in zip(rows, changes, strict=True)],
            [row["held"] for row in rows],
            [bytes(32) for _ in rows],
        )


async def _used(database: SqlDatabase, url: str, accounts: Sequence[Account]) -> None:
    """Make deposits, and analyze: connections that planned statements over empty tables would read whole tables."""
    await _speed(partial(_deposit, GroupCommit(database, _gathering)), cycle(accounts).__next__, WARM_UP_SECONDS)
    await database.close()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _filled(url: str, accounts: Sequence[Account]) -> None:
    external = [(external_ref(_owner(each), "USD").id, each.owner_id, "external") for each in accounts]
    rows = [*((each.id, each.owner_id, "user") for each in accounts), *external]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("INSERT INTO ledger_assets VALUES ('USD', 2)")
        await connection.execute(_FILL_ACCOUNTS, *map(list, zip(*rows, strict=True)))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def _by_zipf(accounts: Sequence[Account]) -> Iterator[Account]:
    """Yield accounts, the n-th in proportion to 1/n."""
    weights = list(accumulate(1 / place for place in range(1, len(accounts) + 1)))
    chance = random.Random(7)  # noqa: S311 -- the same in each run
    while True:
        yield from chance.choices(accounts, cum_weights=weights, k=1000)


def _owner(account: Account) -> UUID:
    if account.owner_id is None:
        raise ValueError("a user's account has an owner")
    return account.owner_id
