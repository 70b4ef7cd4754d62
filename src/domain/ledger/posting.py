"""Postings: what a transaction did to one account, chained by hashes."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Self
from uuid import UUID

from domain.ledger.account import Account, Balance
from domain.ledger.transaction import Movement, TransactionKind

# The first bytes of all that is hashed, so that another way of hashing would be another chain.
CHAIN = b"crossrate ledger 1\n"


@dataclass(frozen=True, slots=True)
class Header:
    """A recorded transaction without its postings: what happened, when, and when it was recorded."""

    id: UUID
    kind: TransactionKind
    related_id: UUID | None
    occurred_at_us: int
    recorded_at_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class Posting:
    """The changes to an account's two balances, and what the balances were afterwards.

    `version` is 1 for an account's first posting and one more for each further one.
    """

    account_id: UUID
    asset: str
    version: int
    available_change: int
    held_change: int
    balance: Balance
    hash: bytes = field(repr=False)

    @classmethod
    def following(cls, account: Account, movement: Movement, header: Header) -> Self:
        """Return the account's next posting."""
        balance = Balance(account.balance.available + movement.available, account.balance.held + movement.held)
        changes = (movement.available, movement.held)
        posting = cls(account.id, account.asset.code, account.version + 1, *changes, balance, b"")
        return replace(posting, hash=posting.hash_after(account.hash, header))

    def hash_after(self, previous: bytes, header: Header) -> bytes:
        """Return the SHA-256 that belongs to this posting of this transaction after the hash of the one before.

        Hashed are `CHAIN`, the 32 bytes of the hash before (zeros for the first posting), and these fields as UTF-8
        text, each on a line: the account's id, asset and version, both changes, both balances afterwards, and the
        transaction's id, kind, related id (empty if none), both times in microseconds, and reason. Numbers are plain
        decimal, ids as usual, with hyphens and in lower case; there is no line feed at the end.
        """
        lines = (
            self.account_id,
            self.asset,
            self.version,
            self.available_change,
            self.held_change,
            self.balance.available,
            self.balance.held,
            header.id,
            header.kind.value,
            "" if header.related_id is None else header.related_id,
            header.occurred_at_us,
            header.recorded_at_us,
            header.reason,
        )
        return sha256(CHAIN + previous + "\n".join(map(str, lines)).encode()).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting with its transaction: a line of an account's statement."""

    header: Header
    posting: Posting
