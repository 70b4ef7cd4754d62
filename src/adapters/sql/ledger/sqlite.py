"""Posting in SQLite, which has one writer at a time: nothing needs a lock, and statements cost no round trip."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.ledger.lost_update import LostUpdate
from adapters.sql.ledger.rows import SELECT_ACCOUNTS, account_of
from adapters.sql.ledger.tables import ACCOUNTS, HOLDS, POSTINGS, TRANSACTIONS
from domain.ledger.account import Account
from domain.ledger.hold import Hold
from domain.ledger.posted import PostedTransaction

# A statement takes 32,766 arguments at most.
IDS_PER_STATEMENT = 5000

_MOVE = (
    update(ACCOUNTS)
    .where(ACCOUNTS.c.id == bindparam("of_account"), ACCOUNTS.c.version == bindparam("version_before"))
    .values({name: bindparam(f"new_{name}") for name in ("available", "held", "version", "hash", "changed_at_us")})
)


async def read_in_sqlite(connection: AsyncConnection, account_ids: Collection[UUID]) -> dict[UUID, Account]:
    """Return the accounts; the unit of work is the only one that writes (BEGIN IMMEDIATE)."""
    ids, found = list(account_ids), dict[UUID, Account]()
    for start in range(0, len(ids), IDS_PER_STATEMENT):
        is_wanted = ACCOUNTS.c.id.in_(ids[start : start + IDS_PER_STATEMENT])
        rows = await connection.execute(SELECT_ACCOUNTS.where(is_wanted))
        found |= {account.id: account for account in map(account_of, rows)}
    return found


async def append_in_sqlite(connection: AsyncConnection, posted: PostedTransaction) -> bool:
    """Store the postings, then the transaction, whose trigger checks their sums, then what it holds.

    Return False if the id is taken.
    """
    header = posted.header
    if await connection.scalar(select(TRANSACTIONS.c.id).where(TRANSACTIONS.c.id == header.id)) is not None:
        return False
    for posting in posted.postings:
        moved = await connection.execute(
            _MOVE,
            {
                "of_account": posting.account_id,
                "version_before": posting.version - 1,
                "new_available": posting.balance.available,
                "new_held": posting.balance.held,
                "new_version": posting.version,
                "new_hash": posting.hash,
                "new_changed_at_us": header.recorded_at_us,
            },
        )
        if moved.rowcount != 1:
            raise LostUpdate
    rows = [
        {
            "account_id": posting.account_id,
            "version": posting.version,
            "transaction_id": header.id,
            "available_change": posting.available_change,
            "held_change": posting.held_change,
            "available": posting.balance.available,
            "held": posting.balance.held,
            "recorded_at_us": header.recorded_at_us,
            "hash": posting.hash,
        }
        for posting in posted.postings
    ]
    await connection.execute(insert(POSTINGS), rows)
    await connection.execute(insert(TRANSACTIONS).values(_header_values(posted)))
    if posted.opens is not None:
        await connection.execute(insert(HOLDS).values(_hold_values(posted.opens)))
    return True


def _header_values(posted: PostedTransaction) -> dict[str, object]:
    header = posted.header
    return {
        "id": header.id,
        "kind": header.kind.value,
        "related_id": header.related_id,
        "occurred_at_us": header.occurred_at_us,
        "recorded_at_us": header.recorded_at_us,
        "reason": header.reason,
        "postings": len(posted.postings),
    }


def _hold_values(hold: Hold) -> dict[str, object]:
    return {
        "id": hold.id,
        "account_id": hold.account.id,
        "amount": hold.amount,
        "expires_at_us": hold.expires_at_us,
    }
