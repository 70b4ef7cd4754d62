"""A change of another process that is not committed yet, and what waits for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from adapters.sql.database import SqlDatabase
from application.ledger.post_transaction import post_transaction
from domain.ledger.account import external_ref
from domain.ledger.movements.deposit import deposit
from tests.integration.money.journal import Journal


@asynccontextmanager
async def crediting(url: str, currency: str, units: int, ahead_seconds: float = 0.0) -> AsyncIterator[None]:
    """Credit the account, in its own units, by a clock that may be ahead, and commit at the end of the block."""
    database = SqlDatabase(url, upgrades_itself=False)
    try:
        async with database.writing() as unit:
            (account,) = (await unit.ledger_accounts.find([UUID(currency)])).values()
            assert account.owner_id is not None
            source = external_ref(account.owner_id, account.asset.code)
            await post_transaction(
                unit,
                deposit(uuid4(), units, to=account.ref, source=source),
                account.changed_at_us / 1e6 + ahead_seconds,
            )
            yield
    finally:
        await database.close()


async def is_waited_for(journal: Journal) -> bool:
    """Tell whether a locked row is waited for. SQLite cannot tell; there they wait before they begin."""
    if journal.url.startswith("sqlite"):
        return True
    return bool(await journal.run("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
