"""The ledger's rows, as anybody with the database sees them: what is stored, not what the service says about it."""

import asyncio
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import make_url

_POSTINGS = """
    SELECT p.account_id, a.asset, p.version, p.transaction_id, p.available_change, p.held_change,
        p.available, p.held, t.kind, t.related_id, t.occurred_at_us, t.recorded_at_us, t.reason, p.hash
    FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id
        LEFT JOIN ledger_transactions t ON t.id = p.transaction_id
    ORDER BY p.account_id, p.version"""
_ACCOUNTS = "SELECT id, version, available, held, hash FROM ledger_accounts"
_SCALES = "SELECT code, scale FROM ledger_assets"


@dataclass(frozen=True, slots=True)
class Posting:
    account: str
    asset: str
    version: int
    transaction: str
    available_change: int
    held_change: int
    available: int
    held: int
    kind: str
    related: str
    occurred_at_us: int
    recorded_at_us: int
    reason: str
    hash: bytes

    def hash_after(self, previous: bytes) -> bytes:
        """Return the hash that the description asks for, after that of the posting before."""
        account, transaction = UUID(self.account), UUID(self.transaction)
        balances = (self.available_change, self.held_change, self.available, self.held)
        times = (self.occurred_at_us, self.recorded_at_us)
        fields = (
            account,
            self.asset,
            self.version,
            *balances,
            transaction,
            self.kind,
            self.related,
            *times,
            self.reason,
        )
        return sha256(b"crossrate ledger 1\n" + previous + "\n".join(map(str, fields)).encode()).digest()


class Journal:
    """Reads and changes rows as the owner of the tables."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._file = make_url(url).database if url.startswith("sqlite") else None

    async def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run SQL, and return its rows."""
        if self._file:
            return await self._in_sqlite(self._file, statement)
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def _in_sqlite(self, path: str, statement: str) -> list[tuple[Any, ...]]:
        """Run SQL, again if another process writes at this very moment: SQLite waits for some locks, not for all.

        It waits in a thread: the service that holds the lock may need this event loop to go on.
        """
        deadline = time.monotonic() + 20
        while True:
            try:
                return await asyncio.to_thread(_run_in_sqlite, path, statement)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.1)

    async def forge_reason(self, account: str, reason: str) -> None:
        """Change the reason of an account's first transaction, past the rules of the database."""
        change = (
            f"UPDATE ledger_transactions SET reason = '{reason}' WHERE id = (SELECT transaction_id FROM ledger_postings"  # noqa: S608 -- no input
        )
        if self._file is None:
            connection = await asyncpg.connect(self.url)
            await connection.execute(
                f"SET session_replication_role = replica; {change} WHERE account_id = '{account}' AND version = 1)"
            )
            await connection.close()
            return
        [(rule,)] = await self.run("SELECT sql FROM sqlite_master WHERE name = 'ledger_transactions_update'")
        await self.run("DROP TRIGGER ledger_transactions_update")
        await self.run(f"{change} WHERE account_id = '{_id(account)}' AND version = 1)")
        await self.run(rule)

    async def postings(self, accounts: Iterable[str] = ()) -> list[Posting]:
        """Return the postings of these accounts, or all, each account's in its order."""
        chosen = {_id(account) for account in accounts}
        rows = [_posting(row) for row in await self.run(_POSTINGS)]
        return [posting for posting in rows if not chosen or posting.account in chosen]

    async def balances(self) -> dict[str, tuple[int, int, int, bytes]]:
        """Return version, available, held and hash of every account."""
        return {_id(row[0]): (row[1], int(row[2]), int(row[3]), bytes(row[4])) for row in await self.run(_ACCOUNTS)}

    async def scales(self) -> dict[str, int]:
        return dict(await self.run(_SCALES))


def _run_in_sqlite(path: str, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path, timeout=5)) as file, file:
        return file.execute(statement).fetchall()


def by_account(postings: Iterable[Posting]) -> dict[str, list[Posting]]:
    found = defaultdict(list)
    for posting in postings:
        found[posting.account].append(posting)
    return found


def unbalanced(postings: Iterable[Posting]) -> dict[tuple[str, str], int]:
    """Return what is left over of each transaction in each asset, where anything is."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for posting in postings:
        sums[posting.transaction, posting.asset] += posting.available_change + posting.held_change
    return {place: left for place, left in sums.items() if left}


def _posting(row: tuple[Any, ...]) -> Posting:
    account, asset, version, transaction, *amounts, kind, related, occurred_at_us, recorded_at_us, reason, digest = row
    available_change, held_change, available, held = map(int, amounts)
    return Posting(
        _id(account),
        asset,
        version,
        _id(transaction),
        available_change,
        held_change,
        available,
        held,
        kind,
        "" if related is None else str(UUID(_id(related))),
        occurred_at_us,
        recorded_at_us,
        reason,
        bytes(digest),
    )


def _id(written: object) -> str:
    """Return an id as 32 hexadecimal digits, as SQLite has it."""
    return str(written).replace("-", "")
