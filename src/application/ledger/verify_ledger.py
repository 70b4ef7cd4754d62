"""Verify the ledger: recompute sums, balances, hashes and holds from its rows."""

import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from application.concurrency.cooperative import yield_to_event_loop
from application.ledger.ports.repositories import LedgerRepositories
from application.ledger.ports.stored_ledger import AccountWithHolds, StoredLedger
from application.ports.database import Database
from domain.ledger.posting import Entry
from domain.ledger.verification import AccountCheck, Fault, StoredHold, StoredTransaction, all_faults

# Rows in memory at a time, in units of work so short that they delay nobody.
ACCOUNTS_PER_PAGE = 200
ROWS_PER_PAGE = 2000

# Hashed without a pause, in about two milliseconds.
ROWS_PER_SLICE = 100

# Named; all are counted.
MOST_FAULTS = 100

Row = TypeVar("Row", AccountWithHolds, StoredTransaction, StoredHold)
Read = Callable[[StoredLedger, UUID | None], Awaitable[list[Row]]]


@dataclass(slots=True)
class Verification:
    """What was verified and what is wrong. `is_whole` tells whether everything was reached."""

    accounts: int = 0
    postings: int = 0
    transactions: int = 0
    holds: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)
    is_whole: bool = True

    def note(self, faults: Iterable[Fault]) -> None:
        """Count the faults, and keep the first."""
        for fault in faults:
            self.fault_count += 1
            if len(self.faults) < MOST_FAULTS:
                self.faults.append(fault)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much to verify: everything unless limited.

    Each of the three kinds of rows begins after the id `begin_after`, goes on from the start after the end, and stops
    after `seconds`. `newest` is how many of an account's newest postings count.
    """

    begin_after: UUID | None = None
    seconds: float | None = None
    newest: int | None = None

    def deadline(self) -> float:
        """Return when a kind of rows that begins now must end, as `time.monotonic` counts."""
        return math.inf if self.seconds is None else time.monotonic() + self.seconds


EVERYTHING = Extent()


class VerifyLedger:
    """Reads page by page while others post: what is posted never changes, so pages of different moments agree."""

    def __init__(self, database: Database[LedgerRepositories]) -> None:
        self._database = database

    async def __call__(self, extent: Extent = EVERYTHING) -> Verification:
        """Verify the ledger. Raises `DatabaseUnavailable`."""
        result, deadline = Verification(), extent.deadline()
        async for accounts in self._pages(_list_accounts, extent, deadline, result):
            await self._verify_chains(accounts, extent.newest, deadline, result)
        async for transactions in self._pages(_list_transactions, extent, extent.deadline(), result):
            result.transactions += len(transactions)
            result.note(all_faults(transactions))
        async for holds in self._pages(_list_holds, extent, extent.deadline(), result):
            result.holds += len(holds)
            result.note(all_faults(holds))
        return result

    async def _pages(
        self, read: Read[Row], extent: Extent, deadline: float, result: Verification
    ) -> AsyncIterator[list[Row]]:
        """Yield all rows after `begin_after`, then those up to it."""
        after, last = extent.begin_after, None
        while True:
            if time.monotonic() > deadline:
                result.is_whole = False
                return
            async with self._database.reading() as unit:
                page = await read(unit.stored_ledger, after)
            rows = [row for row in page if last is None or _id_of(row) <= last]
            yield rows
            if page and len(rows) == len(page):
                after = _id_of(page[-1])
            elif last is None and extent.begin_after is not None:
                after, last = None, extent.begin_after
            else:
                return

    async def _verify_chains(
        self, accounts: list[AccountWithHolds], newest: int | None, deadline: float, result: Verification
    ) -> None:
        checks = {
            account.id: AccountCheck(account, open_holds, begins_late=newest is not None and account.version > newest)
            for account, open_holds in accounts
        }
        after: tuple[UUID, int] | None = None
        while True:
            async with self._database.reading() as unit:
                entries = await unit.stored_ledger.list_postings(checks.keys(), after, ROWS_PER_PAGE, newest)
            await _follow(entries, checks, result)
            if len(entries) < ROWS_PER_PAGE:
                break
            after = (entries[-1].posting.account_id, entries[-1].posting.version)
            if time.monotonic() > deadline:
                result.is_whole = False
                checks = {id_: check for id_, check in checks.items() if id_ < after[0]}  # the others have not ended
                break
        result.accounts += len(checks)
        for check in checks.values():
            result.note(check.end())


async def _follow(entries: list[Entry], checks: Mapping[UUID, AccountCheck], result: Verification) -> None:
    for start in range(0, len(entries), ROWS_PER_SLICE):
        for entry in entries[start : start + ROWS_PER_SLICE]:
            result.note(checks[entry.posting.account_id].follow(entry))
        await yield_to_event_loop()
    result.postings += len(entries)


async def _list_accounts(stored: StoredLedger, after: UUID | None) -> list[AccountWithHolds]:
    return await stored.list_accounts(after, ACCOUNTS_PER_PAGE)


async def _list_transactions(stored: StoredLedger, after: UUID | None) -> list[StoredTransaction]:
    return await stored.list_transactions(after, ROWS_PER_PAGE)


async def _list_holds(stored: StoredLedger, after: UUID | None) -> list[StoredHold]:
    return await stored.list_holds(after, ROWS_PER_PAGE)


def _id_of(row: AccountWithHolds | StoredTransaction | StoredHold) -> UUID:
    match row:
        case AccountWithHolds():
            return row.account.id
        case StoredHold():
            return row.hold.id
        case StoredTransaction():
            return row.id
