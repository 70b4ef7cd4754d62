"""A real PgBouncer in transaction mode between the service and Postgres."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from adapters.sql.database import SqlDatabase
from adapters.sql.failures import BEHIND_A_POOLER
from adapters.sql.open_database import open_database
from application.identity.ports.login_failures import Matching
from application.ledger.verify_ledger import VerifyLedger
from domain.currency import Currency
from domain.errors import DatabaseUnavailable
from domain.orders.clearing_asset import ClearingAsset
from entrypoints.settings.settings import Settings
from tests.integration.identity.client import Newcomers
from tests.integration.orders.for_sale import sell
from tests.integration.wallets.asking import move, new_currency, new_wallet, post
from tests.servers.packages import packaged
from tests.servers.postgres import NOBODY, PostgresProcess
from tests.servers.service import RunService
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.servers.source import free_port
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually


@pytest.fixture(
    params=["", "ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout\n"]
)
def pgbouncer(request: pytest.FixtureRequest, postgres_process: PostgresProcess) -> Iterator[str]:
    binary, server, port = packaged("pgbouncer"), urlsplit(postgres_process.url), free_port()
    with TemporaryDirectory(prefix="crossrate-pgbouncer-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "pgbouncer.ini"
        file.write_text(
            f"[databases]\npostgres = host=127.0.0.1 port={server.port} user=postgres\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = transaction\ndefault_pool_size = 2\n{request.param}"
        )
        process = subprocess.Popen(  # noqa: S603 -- our own binary and arguments
            [binary, "-q", file],
            user=NOBODY if os.geteuid() == 0 else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        process.terminate()
        process.wait(10)


async def accepts(url: str) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    except OSError:
        return False
    writer.close()
    return True


async def test_units_of_work_side_by_side_go_through_it(pgbouncer: str) -> None:
    await eventually(lambda: accepts(pgbouncer))
    settings = Settings(_env_file=None, database_url=SecretStr(pgbouncer), database_pooler=True)
    address = settings.database_url.get_secret_value()
    database = SqlDatabase(address, upgrades_itself=True)
    await database.migrate()

    async def ask(number: int) -> None:
        for _ in range(10):
            async with database.writing() as unit:
                await unit.login_failures.list_times(Matching(account=str(number)), 0.0, 1)
                await unit.leases.acquire(f"lease {number}", str(number), now=1.0, until=2.0)

    async with asyncio.TaskGroup() as group:
        for number in range(10):
            group.create_task(ask(number))
    await database.close()


@pytest.mark.parametrize("pgbouncer", [""], indirect=True)
async def test_a_service_keeps_accounts_wallets_and_orders_through_it(
    pgbouncer: str, run_service: RunService, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    """With fewer connections than users at once: prepared statements, advisory locks and batches of orders."""
    await eventually(lambda: accepts(pgbouncer))
    exchanges.clock.time = clock.now()
    pooled = f"{pgbouncer}?pooler=transaction"
    database = SqlDatabase(pooled, upgrades_itself=False)
    await database.migrate()
    settings = {"database_url": pgbouncer, "database_pooler": True, "clearing_interval_seconds": 0.05}
    async with run_service(**settings) as service:
        await sell(pooled, ClearingAsset(Currency("BTC"), ("simulated",), threshold=Decimal(100)))
        newcomers = Newcomers(service)

        async def buy() -> None:
            user = await newcomers.user()
            currency = await new_currency(user, await new_wallet(user, "main"), "USDT", "1000000")
            moved = await asyncio.gather(*(move(user, currency, amount) for amount in ("10", "-10", "5", "-5")))
            assert {each.status for each in moved} == {200}
            order = {"wallet": "main", "buy": "BTC", "pay_with": "USDT", "amount": "0.5"}
            made = await post(user, "/orders", order)
            assert made.status == 201, made.body

            async def is_settled() -> bool:
                return bool((await user.ask("GET", f"/orders/{made.json['id']}")).json["status"] == "settled")

            await eventually(is_settled)

        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(buy())
    verified = await VerifyLedger(database)()
    await database.close()
    assert (verified.fault_count, verified.is_whole) == (0, True)
    assert verified.transactions > 4 * 6


async def test_statements_are_still_limited_in_time(pgbouncer: str) -> None:
    await eventually(lambda: accepts(pgbouncer))
    database = await open_database(f"{pgbouncer}?pooler=transaction", upgrades_itself=True)
    for writes in (False, True):
        async with database.unit(writes=writes) as unit:
            assert (await unit._connection.execute(text("SHOW statement_timeout"))).scalar_one() == "5s"
    await database.close()


async def test_reading_changes_nothing_and_does_not_keep_the_next_transaction_from_it(pgbouncer: str) -> None:
    await eventually(lambda: accepts(pgbouncer))
    database = SqlDatabase(f"{pgbouncer}?pooler=transaction", upgrades_itself=True)
    for number in range(6):
        with pytest.raises(DatabaseUnavailable, match="read-only"):
            async with database.reading() as unit:
                await unit.leases.acquire("lease", "reader", now=1.0, until=2.0)
        async with database.writing() as unit:
            assert await unit.leases.acquire(f"lease {number}", "writer", now=1.0, until=2.0)
    await database.close()


async def test_without_the_setting_the_error_names_it(pgbouncer: str) -> None:
    await eventually(lambda: accepts(pgbouncer))

    async def use() -> None:
        database = SqlDatabase(pgbouncer, upgrades_itself=True)
        try:
            for _ in range(20):
                async with asyncio.TaskGroup() as group:
                    for _ in range(8):
                        group.create_task(_ask(database))
        finally:
            await database.close()

    with pytest.raises(ExceptionGroup) as raised:
        await use()
    assert raised.group_contains(DatabaseUnavailable, match=BEHIND_A_POOLER)


async def _ask(database: SqlDatabase) -> None:
    async with database.writing() as unit:
        await unit.login_failures.list_times(Matching(account=""), 0.0, 1)
