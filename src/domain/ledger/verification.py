"""What must hold in a ledger, recomputed from its rows."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from domain.ledger.account import GENESIS, Account, AccountKind, Balance
from domain.ledger.hold import Hold
from domain.ledger.posting import Entry


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must not be: what it is about, and what is wrong with it."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """A transaction as it is stored: how many postings it says it has, and the asset and change of those it has.

    `times` are when it and they were recorded, which is one moment.
    """

    id: UUID
    postings: int
    changes: tuple[tuple[str, int], ...]
    times: frozenset[int]

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with it."""
        where = f"transaction {self.id}"
        if len(self.changes) != self.postings:
            yield Fault(where, f"has {len(self.changes)} postings instead of {self.postings}")
        if len(self.times) > 1:
            yield Fault(where, "was recorded at another time than its postings")
        sums: Counter[str] = Counter()
        for asset, change in self.changes:
            sums[asset] += change
        for asset, surplus in sums.items():
            if surplus:
                yield Fault(where, f"its postings of {asset} sum to {surplus}, not to zero")


@dataclass(frozen=True, slots=True)
class StoredHold:
    """A hold, and by how much its two transactions changed what its account holds; None if there is no such posting."""

    hold: Hold
    opened_by: int | None
    resolved_by: int | None

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with it."""
        where = f"hold {self.hold.id}"
        if self.opened_by != self.hold.amount:
            yield Fault(where, f"is of {self.hold.amount}, but its transaction held {self.opened_by}")
        if self.hold.resolved_by_id is not None and self.resolved_by != -self.hold.amount:
            yield Fault(where, f"is of {self.hold.amount}, but resolving it changed what is held by {self.resolved_by}")


class AccountCheck:
    """Follows an account's postings, oldest first, up to the state that the account had when it was read.

    Postings that were added later are ignored. With `begins_late` the first posting may have any version, and is
    believed: only what follows is checked.
    """

    def __init__(self, account: Account, open_holds: int, *, begins_late: bool = False) -> None:
        self._account = account
        self._open_holds = open_holds
        self._begins_late = begins_late
        self._version = 0
        self._hash = GENESIS
        self._balance = Balance()
        self._recorded_at_us = 0

    def follow(self, entry: Entry) -> Iterator[Fault]:
        """Yield what is wrong with the next posting."""
        posting = entry.posting
        if posting.version > self._account.version:
            return
        if not (self._begins_late and self._version == 0 and posting.version > 1):
            where = f"account {self._account.id}, version {posting.version}"
            yield from (Fault(where, what) for what in self._wrong_with(entry))
        self._version, self._hash, self._balance = posting.version, posting.hash, posting.balance
        self._recorded_at_us = entry.header.recorded_at_us

    def end(self) -> Iterator[Fault]:
        """Yield what is wrong with the account itself, after its last posting."""
        account, where = self._account, f"account {self._account.id}"
        if self._version != account.version:
            yield Fault(where, f"is at version {account.version}, but its last posting is {self._version}")
        elif (self._hash, self._recorded_at_us) != (account.hash, account.changed_at_us):
            yield Fault(where, "has another hash or time than its last posting")
        if self._balance != account.balance:
            yield Fault(where, f"has {_words(account.balance)}, but its postings lead to {_words(self._balance)}")
        if self._open_holds != account.balance.held:
            yield Fault(where, f"holds {account.balance.held}, but its open holds sum to {self._open_holds}")

    def _wrong_with(self, entry: Entry) -> Iterator[str]:
        posting, before = entry.posting, self._balance
        balance = Balance(before.available + posting.available_change, before.held + posting.held_change)
        if posting.version != self._version + 1:
            yield f"follows version {self._version}: postings are missing"
        elif posting.balance != balance:
            yield f"has {_words(posting.balance)}, but the changes lead to {_words(balance)}"
        if posting.hash != posting.hash_after(self._hash, entry.header):
            yield "its hash does not match what it says and the hash before"
        if entry.header.recorded_at_us < self._recorded_at_us:
            yield "was recorded before the version before it"
        if posting.balance.held < 0 or (self._account.kind is AccountKind.USER and posting.balance.available < 0):
            yield f"is overdrawn: {_words(posting.balance)}"


def all_faults(rows: Iterable[StoredTransaction | StoredHold]) -> Iterator[Fault]:
    """Yield what is wrong with any of them."""
    for row in rows:
        yield from row.faults()


def _words(balance: Balance) -> str:
    return f"{balance.available} available and {balance.held} held"
