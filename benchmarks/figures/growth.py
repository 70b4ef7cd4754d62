"""Deposits and pages of entries at ten million postings, relative to ten thousand."""

import random
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
from tests.servers.postgres import choose_postgres

from adapters.sql.database import SqlDatabase
from application.ledger.post_transaction import post_transaction
from benchmarks.arithmetic import REPEATS, Measurement, ratios
from benchmarks.bench import Bench
from domain.ledger.account import AccountRef
from domain.ledger.movements.deposit import deposit

FEW, MANY = 10_000, 10_000_000
OF_EACH = 100  # postings of an account, so that pages are of the same length
PAGE = 50
OPERATIONS = 200  # per repeat

FILL_SECONDS = 3600.0

# As the service stores deposits, except that hashes are of nothing. It takes minutes, so indexes are made at the end,
# and the triggers, which would add up each transaction, are off.
_FILL = (
    "ALTER SYSTEM SET max_wal_size = '8GB'",
    "SELECT pg_reload_conf()",
    "SET session_replication_role = replica",
    "SET maintenance_work_mem = '512MB'",
    "ALTER TABLE ledger_postings DROP CONSTRAINT pk_ledger_postings",
    "ALTER TABLE ledger_postings DROP CONSTRAINT uq_ledger_postings_transaction_id_account_id",
    "DROP INDEX ix_ledger_postings_account_id_recorded_at_us_version",
    "INSERT INTO ledger_assets VALUES ('USD', 2)",
    # Ids are digests, so that indexes by id are in no order of time, and both accounts of a user are found by a number.
    """
    INSERT INTO ledger_accounts (id, owner_id, asset, kind, name, available, held, version, hash, changed_at_us)
    SELECT md5(kind || number)::uuid, md5('owner' || number)::uuid, 'USD', kind, '', sign * {of_each}, 0, {of_each},
        sha256('x'), 1700000000000000 + {transactions}
    FROM generate_series(0, {users} - 1) AS number, (VALUES ('user', 1), ('external', -1)) AS kinds (kind, sign)
    """,
    """
    INSERT INTO ledger_transactions (id, kind, occurred_at_us, recorded_at_us, reason, postings)
    SELECT md5('t' || number)::uuid, 'deposit', 1700000000000000 + number, 1700000000000000 + number, '', 2
    FROM generate_series(0, {transactions} - 1) AS number ORDER BY 1
    """,
    """
    INSERT INTO ledger_postings (
        account_id, version, transaction_id, available_change, held_change, available, held, recorded_at_us, hash
    )
    SELECT md5(kind || number % {users})::uuid, number / {users} + 1, md5('t' || number)::uuid, sign, 0,
        sign * (number / {users} + 1), 0, 1700000000000000 + number, sha256(int8send(number))
    FROM generate_series(0::bigint, {transactions} - 1) AS number,
        (VALUES ('user', 1), ('external', -1)) AS kinds (kind, sign)
    """,
    "ALTER TABLE ledger_postings ADD CONSTRAINT pk_ledger_postings PRIMARY KEY (account_id, version)",
    """
    ALTER TABLE ledger_postings
    ADD CONSTRAINT uq_ledger_postings_transaction_id_account_id UNIQUE (transaction_id, account_id)
    """,
    """
    CREATE INDEX ix_ledger_postings_account_id_recorded_at_us_version
    ON ledger_postings (account_id, recorded_at_us, version)
    """,
    "VACUUM ANALYZE",
    "CHECKPOINT",
)

_ACCOUNTS = (
    "SELECT md5('user' || number)::uuid, md5('external' || number)::uuid FROM generate_series(0, $1 - 1) AS number"
)


@dataclass(frozen=True, slots=True)
class _Ledger:
    """A filled ledger, and the accounts of its users, each with the external one."""

    database: SqlDatabase
    accounts: list[tuple[UUID, UUID]]


Act = Callable[[_Ledger, tuple[UUID, UUID]], Awaitable[None]]


async def growth(bench: Bench) -> list[Measurement]:  # noqa: ARG001 -- its effort would change what is measured
    """Fill two servers, then do the same on each, one operation after the other."""
    with ExitStack() as servers:
        ledgers = {}
        for postings in (FEW, MANY):
            url = servers.enter_context(choose_postgres(prefer_process=True).start())
            ledgers[postings] = await _filled(url, postings)
        try:
            deposits = await _compared("deposit", _deposit, ledgers)
            pages = await _compared("page", _read_page, ledgers)
        finally:
            for each in ledgers.values():
                await each.database.close()
    return [deposits, pages]


async def _compared(name: str, act: Act, ledgers: Mapping[int, _Ledger]) -> Measurement:
    await _alternated(act, ledgers)  # reads into memory what is used again and again
    repeats = [await _alternated(act, ledgers) for _ in range(REPEATS)]
    few, many = ([repeat[postings] for repeat in repeats] for postings in (FEW, MANY))
    note = f"{MANY:,} postings in {MANY // OF_EACH:,} accounts on Postgres; one client, median of {OPERATIONS} a repeat"
    absolute = f"{statistics.median(many):.2f} ms against {statistics.median(few):.2f} ms"
    return Measurement(f"growth.{name}", ratios(many, few), note, absolute)


async def _alternated(act: Act, ledgers: Mapping[int, _Ledger]) -> dict[int, float]:
    """Return the median milliseconds of an operation on each ledger, on accounts that are chosen at random.

    Both take turns after each operation: an operation is too short to be measured beside other work otherwise.
    """
    taken: dict[int, list[float]] = {postings: [] for postings in ledgers}
    for _ in range(OPERATIONS):
        for postings, ledger in ledgers.items():
            account = random.choice(ledger.accounts)  # noqa: S311 -- chance of no importance
            begun = time.perf_counter()
            await act(ledger, account)
            taken[postings].append(time.perf_counter() - begun)
    return {postings: statistics.median(each) * 1000 for postings, each in taken.items()}


async def _deposit(ledger: _Ledger, account: tuple[UUID, UUID]) -> None:
    mine, outside = (AccountRef(id_, "USD") for id_ in account)
    transaction = deposit(uuid4(), 1, to=mine, source=outside)
    await ledger.database.write(lambda unit: post_transaction(unit, transaction, time.time()))


async def _read_page(ledger: _Ledger, account: tuple[UUID, UUID]) -> None:
    async with ledger.database.reading() as unit:
        entries = await unit.journal.list_entries([account[0]], None, PAGE)
    if len(entries) != PAGE:
        raise AssertionError(f"the page has {len(entries)} entries")


async def _filled(url: str, postings: int) -> _Ledger:
    database = SqlDatabase(url, upgrades_itself=False)
    await database.migrate()
    sizes = {"users": postings // OF_EACH // 2, "transactions": postings // 2, "of_each": OF_EACH}
    connection = await asyncpg.connect(url)
    try:
        for statement in _FILL:
            await connection.execute(statement.format(**sizes), timeout=FILL_SECONDS)
        rows = await connection.fetch(_ACCOUNTS, sizes["users"])
    finally:
        await connection.close()
    return _Ledger(database, [(row[0], row[1]) for row in rows])
