"""Posting in Postgres: one statement locks the accounts, one stores everything.

Written for the driver, since most of the time that a posting takes in this process was SQLAlchemy's.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.ledger.lost_update import LostUpdate, NotStored
from adapters.sql.ledger.rows import account_of
from adapters.sql.postgres_transaction import driver_of
from domain.ledger.account import Account
from domain.ledger.posted import PostedTransaction

# Sorts before it locks. Not FOR UPDATE, so that rows that only refer to the account need not wait.
LOCK: Final = """
    SELECT account.id, account.owner_id, account.asset, account.kind, account.name, account.closed_at_us,
        account.available, account.held, account.version, account.hash, account.changed_at_us, asset.scale
    FROM ledger_accounts AS account JOIN ledger_assets AS asset ON asset.code = account.asset
    WHERE account.id IN (SELECT unnest($1::uuid[]))
    ORDER BY account.id
    FOR NO KEY UPDATE OF account
"""

# The same, without a lock.
FIND: Final = LOCK.partition("    ORDER BY")[0]

# Does nothing if the id is taken. A balance is set only where the version is the one that it was computed from, and a
# posting is inserted only where the balance was set: what one statement decides, no other can have changed.
APPEND: Final = """
    WITH posted AS (
        INSERT INTO ledger_transactions (id, kind, related_id, occurred_at_us, recorded_at_us, reason, postings)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO NOTHING
        RETURNING id, recorded_at_us
    ), posting AS (
        SELECT *
        FROM unnest(
            $8::uuid[], $9::bigint[], $10::numeric[], $11::numeric[], $12::numeric[], $13::numeric[], $14::bytea[]
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

# The same, and what it holds.
APPEND_WITH_HOLD: Final = APPEND.replace(
    "    SELECT (SELECT",
    """    , opened AS (
        INSERT INTO ledger_holds (id, account_id, amount, expires_at_us)
        SELECT id, $15::uuid, $16::numeric, $17::bigint FROM posted
    )
    SELECT (SELECT""",
)


async def lock_in_postgres(connection: AsyncConnection, account_ids: Collection[UUID]) -> dict[UUID, Account]:
    """Lock the accounts in the order of their ids, and return them."""
    rows = await driver_of(connection).fetch(LOCK, list(account_ids))
    return {account.id: account for account in map(account_of, rows)}


async def find_in_postgres(connection: AsyncConnection, account_ids: Collection[UUID]) -> dict[UUID, Account]:
    """Return the accounts, which others may change until they are locked."""
    rows = await driver_of(connection).fetch(FIND, list(account_ids))
    return {account.id: account for account in map(account_of, rows)}


async def append_in_postgres(connection: AsyncConnection, posted: PostedTransaction) -> bool:
    """Store all rows, and the hold that it opens, by one statement. Return False if the id is taken."""
    hold, text, values = posted.opens, APPEND, _values(posted)
    if hold is not None:
        text, values = APPEND_WITH_HOLD, (*values, hold.account.id, Decimal(hold.amount), hold.expires_at_us)
    is_new, inserted = (await driver_of(connection).fetch(text, *values))[0]
    if is_new and inserted != len(posted.postings):
        raise LostUpdate
    return bool(is_new)


async def append_all_in_postgres(connection: AsyncConnection, several: Sequence[PostedTransaction]) -> None:
    """Store several that open no hold, one after the other, but sent at once. Raises `NotStored` if an id is taken."""
    rows = await driver_of(connection).fetchmany(APPEND, list(map(_values, several)))
    for posted, (is_new, inserted) in zip(several, rows, strict=True):
        if not is_new:
            raise NotStored
        if inserted != len(posted.postings):
            raise LostUpdate


def _values(posted: PostedTransaction) -> tuple[object, ...]:
    header, postings = posted.header, posted.postings
    return (
        header.id,
        header.kind.value,
        header.related_id,
        header.occurred_at_us,
        header.recorded_at_us,
        header.reason,
        len(postings),
        [each.account_id for each in postings],
        [each.version for each in postings],
        [Decimal(each.available_change) for each in postings],
        [Decimal(each.held_change) for each in postings],
        [Decimal(each.balance.available) for each in postings],
        [Decimal(each.balance.held) for each in postings],
        [each.hash for each in postings],
    )
