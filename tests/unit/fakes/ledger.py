"""The ledger in dictionaries."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from application.ledger.ports.accounts import Accounts
from application.ledger.ports.holds import Holds
from application.ledger.ports.journal import EntryPosition, Journal
from application.ledger.ports.stored_ledger import AccountWithHolds, StoredLedger
from domain.ledger.account import Account, AccountKind, Balance
from domain.ledger.asset import Asset
from domain.ledger.errors import AccountExists, AssetConflict, HoldResolved
from domain.ledger.hold import Hold
from domain.ledger.posted import PostedTransaction
from domain.ledger.posting import Entry
from domain.ledger.totals import VENUE_ACCOUNTS, AssetTotals, KindTotal
from domain.ledger.transaction import TransactionKind
from domain.ledger.verification import StoredHold, StoredTransaction

T = TypeVar("T")


@dataclass
class LedgerRows:
    """The ledger's rows."""

    accounts: dict[UUID, Account] = field(default_factory=dict)
    transactions: dict[UUID, PostedTransaction] = field(default_factory=dict)
    holds: dict[UUID, Hold] = field(default_factory=dict)

    @property
    def entries(self) -> list[Entry]:
        return [Entry(each.header, posting) for each in self.transactions.values() for posting in each.postings]


class FakeAccounts(Accounts):
    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    async def open(self, account: Account) -> None:
        if await self.find_asset(account.asset.code) not in {None, account.asset}:
            raise AssetConflict(f"{account.asset.code} has another scale")
        if not self._rows.accounts.setdefault(account.id, account).is_same_as(account):
            raise AccountExists("this account id is taken")

    async def find_asset(self, code: str) -> Asset | None:
        return next((each.asset for each in self._rows.accounts.values() if each.asset.code == code), None)

    async def find(self, account_ids: Collection[UUID]) -> dict[UUID, Account]:
        return {id_: self._rows.accounts[id_] for id_ in account_ids if id_ in self._rows.accounts}

    async def list_of_owner(self, owner_id: UUID) -> list[Account]:
        owned = [each for each in self._rows.accounts.values() if each.owner_id == owner_id]
        return sorted(owned, key=lambda account: account.id)

    async def list_totals(self, after: str | None, limit: int) -> list[AssetTotals]:
        of_asset: dict[Asset, dict[AccountKind, KindTotal]] = {}
        at_venues: defaultdict[Asset, int] = defaultdict(int)
        for account in self._rows.accounts.values():
            of_kind = of_asset.setdefault(account.asset, {})
            of_kind[account.kind] = of_kind.get(account.kind, KindTotal()).plus(KindTotal(1, account.balance))
            if account.kind is AccountKind.HOUSE and account.name.startswith(VENUE_ACCOUNTS):
                at_venues[account.asset] -= account.balance.total
        totals = [AssetTotals(asset, of_kind, at_venues[asset]) for asset, of_kind in of_asset.items()]
        found = [each for each in totals if after is None or each.asset.code > after]
        return sorted(found, key=lambda each: str(each.asset.code))[:limit]

    async def lock(self, account_ids: Collection[UUID]) -> dict[UUID, Account]:
        return await self.find(account_ids)

    async def close(self, account_ids: Iterable[UUID], now_us: int) -> None:
        for id_ in account_ids:
            account = self._rows.accounts[id_]
            self._rows.accounts[id_] = replace(account, closed_at_us=account.closed_at_us or now_us)

    async def balances_at(self, account_ids: Collection[UUID], moment_us: int) -> Mapping[UUID, Balance]:
        balances = {}
        for entry in sorted(self._rows.entries, key=lambda entry: entry.posting.version):
            if entry.posting.account_id in account_ids and entry.header.recorded_at_us <= moment_us:
                balances[entry.posting.account_id] = entry.posting.balance
        return balances


class FakeJournal(Journal):
    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    async def append(self, posted: PostedTransaction) -> bool:
        if posted.header.id in self._rows.transactions:
            return False
        if posted.resolves is not None:
            hold = self._rows.holds[posted.resolves.hold.id]
            if hold.outcome is not None:
                raise HoldResolved("this hold was resolved a moment ago")
            self._rows.holds[hold.id] = replace(hold, outcome=posted.resolves.outcome, resolved_by_id=posted.header.id)
        if posted.opens is not None:
            self._rows.holds[posted.opens.id] = posted.opens
        for posting in posted.postings:
            self._rows.accounts[posting.account_id] = replace(
                self._rows.accounts[posting.account_id],
                balance=posting.balance,
                version=posting.version,
                hash=posting.hash,
                changed_at_us=posted.header.recorded_at_us,
            )
        self._rows.transactions[posted.header.id] = replace(posted, opens=None, resolves=None)
        return True

    @asynccontextmanager
    async def gathering(self) -> AsyncIterator[None]:
        yield

    async def find(self, transaction_id: UUID) -> PostedTransaction | None:
        return self._rows.transactions.get(transaction_id)

    async def find_correction(self, transaction_id: UUID) -> UUID | None:
        headers = [each.header for each in self._rows.transactions.values()]
        corrections = [each for each in headers if each.kind is TransactionKind.CORRECTION]
        return next((each.id for each in corrections if each.related_id == transaction_id), None)

    async def list_entries(
        self, account_ids: Collection[UUID], before: EntryPosition | None, limit: int
    ) -> list[Entry]:
        entries = [entry for entry in self._rows.entries if entry.posting.account_id in account_ids]
        older = [entry for entry in entries if before is None or EntryPosition.of(entry) < before]
        return sorted(older, key=EntryPosition.of, reverse=True)[:limit]


class FakeHolds(Holds):
    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    async def find(self, hold_id: UUID) -> Hold | None:
        return self._rows.holds.get(hold_id)

    async def list_expired(self, now_us: int, limit: int) -> list[Hold]:
        due = [hold for hold in self._rows.holds.values() if hold.outcome is None and hold.is_expired(now_us)]
        return sorted(due, key=lambda hold: (hold.expires_at_us or 0, hold.id))[:limit]


class FakeStoredLedger(StoredLedger):
    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    async def list_accounts(self, after: UUID | None, limit: int) -> list[AccountWithHolds]:
        open_holds = [hold for hold in self._rows.holds.values() if hold.outcome is None]
        return [
            AccountWithHolds(account, sum(hold.amount for hold in open_holds if hold.account == account.ref))
            for account in _page(self._rows.accounts, after, limit)
        ]

    async def list_postings(
        self, account_ids: Collection[UUID], after: tuple[UUID, int] | None, limit: int, newest: int | None
    ) -> list[Entry]:
        def place(entry: Entry) -> tuple[UUID, int]:
            return entry.posting.account_id, entry.posting.version

        def is_new(entry: Entry) -> bool:
            version = self._rows.accounts[entry.posting.account_id].version
            return newest is None or entry.posting.version >= version - newest

        of_accounts = [entry for entry in self._rows.entries if entry.posting.account_id in account_ids]
        found = [entry for entry in of_accounts if is_new(entry) and (after is None or place(entry) > after)]
        return sorted(found, key=place)[:limit]

    async def list_transactions(self, after: UUID | None, limit: int) -> list[StoredTransaction]:
        return [
            StoredTransaction(
                posted.header.id,
                len(posted.postings),
                tuple((each.asset, each.available_change + each.held_change) for each in posted.postings),
                frozenset([posted.header.recorded_at_us]),
            )
            for posted in _page(self._rows.transactions, after, limit)
        ]

    async def list_holds(self, after: UUID | None, limit: int) -> list[StoredHold]:
        return [
            StoredHold(hold, self._held_change(hold.id, hold), self._held_change(hold.resolved_by_id, hold))
            for hold in _page(self._rows.holds, after, limit)
        ]

    def _held_change(self, transaction_id: UUID | None, hold: Hold) -> int | None:
        if transaction_id is None:
            return None
        return self._rows.transactions[transaction_id].posting_of(hold.account.id).held_change


def _page(rows: dict[UUID, T], after: UUID | None, limit: int) -> list[T]:
    return [rows[id_] for id_ in sorted(rows) if after is None or id_ > after][:limit]
