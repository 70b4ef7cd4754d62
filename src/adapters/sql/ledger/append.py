"""How a transaction is stored, with the new balances of its accounts."""

from decimal import Decimal

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.ledger.tables import ACCOUNTS, POSTINGS, TRANSACTIONS
from domain.ledger.posted import PostedTransaction

# Does nothing if the id is taken. A balance is set only where the version is the one that it was computed from, and a
# posting is inserted only where the balance was set: what one statement decides, no other can have changed.
_APPEND = text(
    """
    WITH posted AS (
        INSERT INTO ledger_transactions (id, kind, related_id, occurred_at_us, recorded_at_us, reason, postings)
        VALUES (:id, :kind, :related_id, :occurred_at_us, :recorded_at_us, :reason, :postings)
        ON CONFLICT (id) DO NOTHING
        RETURNING id, recorded_at_us
    ), posting AS (
        SELECT *
        FROM unnest(
            CAST(:account_ids AS uuid[]), CAST(:versions AS bigint[]),
            CAST(:available_changes AS numeric[]), CAST(:held_changes AS numeric[]),
            CAST(:available AS numeric[]), CAST(:held AS numeric[]), CAST(:hashes AS bytea[])
        ) AS new (account_id, version, available_change, held_change, available, held, hash)
        CROSS JOIN posted
    ), moved AS (
        UPDATE ledger_accounts AS account
        SET available = posting.available, held = posting.held, version = posting.version, hash = posting.hash,
            changed_at_us = posting.recorded_at_us
        FROM posting
        WHERE account.id = posting.account_id AND account.version = posting.version - 1
        RETURNING account.id
    ), inserted AS (
        INSERT INTO ledger_postings (
            account_id, version, transaction_id, available_change, held_change, available, held, recorded_at_us, hash
        )
        SELECT account_id, version, posting.id, available_change, held_change, available, held, recorded_at_us, hash
        FROM posting JOIN moved ON moved.id = posting.account_id
        RETURNING version
    )
    SELECT (SELECT count(*) FROM posted), (SELECT count(*) FROM inserted)
    """
)

_MOVE = (
    update(ACCOUNTS)
    .where(ACCOUNTS.c.id == bindparam("of_account"), ACCOUNTS.c.version == bindparam("version_before"))
    .values({name: bindparam(f"new_{name}") for name in ("available", "held", "version", "hash", "changed_at_us")})
)


class LostUpdate(RuntimeError):
    """An account was not locked when its transaction was posted. A bug of ours; the unit of work is rolled back."""


async def append_in_postgres(connection: AsyncConnection, posted: PostedTransaction) -> bool:
    """Store all rows by one statement. Return False if the id is taken."""
    postings = posted.postings
    header = _header_values(posted)
    arrays = {
        "account_ids": [each.account_id for each in postings],
        "versions": [each.version for each in postings],
        "available_changes": [Decimal(each.available_change) for each in postings],
        "held_changes": [Decimal(each.held_change) for each in postings],
        "available": [Decimal(each.balance.available) for each in postings],
        "held": [Decimal(each.balance.held) for each in postings],
        "hashes": [each.hash for each in postings],
    }
    is_new, inserted = (await connection.execute(_APPEND, header | arrays)).one()
    if is_new and inserted != len(postings):
        raise LostUpdate
    return bool(is_new)


async def append_in_sqlite(connection: AsyncConnection, posted: PostedTransaction) -> bool:
    """Store the postings, then the transaction, whose trigger checks their sums. Return False if the id is taken."""
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
