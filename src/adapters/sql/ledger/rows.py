"""Rows of the ledger's tables as domain objects."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, select

from adapters.sql.ledger.tables import ACCOUNTS, ASSETS, HOLDS, POSTINGS, TRANSACTIONS
from domain.currency import Currency
from domain.ledger.account import Account, AccountKind, AccountRef, Balance
from domain.ledger.asset import Asset
from domain.ledger.hold import Hold, HoldOutcome
from domain.ledger.posting import Entry, Header, Posting
from domain.ledger.transaction import TransactionKind

AnyRow = Row[*tuple[Any, ...]]

SELECT_ACCOUNTS = select(ACCOUNTS, ASSETS.c.scale).join(ASSETS, ASSETS.c.code == ACCOUNTS.c.asset)

SELECT_ENTRIES = (
    select(
        POSTINGS.c.account_id,
        ACCOUNTS.c.asset,
        POSTINGS.c.version,
        POSTINGS.c.available_change,
        POSTINGS.c.held_change,
        POSTINGS.c.available,
        POSTINGS.c.held,
        POSTINGS.c.hash,
        TRANSACTIONS.c.id,
        TRANSACTIONS.c.kind,
        TRANSACTIONS.c.related_id,
        TRANSACTIONS.c.occurred_at_us,
        TRANSACTIONS.c.recorded_at_us,
        TRANSACTIONS.c.reason,
    )
    .join(TRANSACTIONS, TRANSACTIONS.c.id == POSTINGS.c.transaction_id)
    .join(ACCOUNTS, ACCOUNTS.c.id == POSTINGS.c.account_id)
)

SELECT_HOLDS = select(
    HOLDS.c.id,
    HOLDS.c.account_id,
    ACCOUNTS.c.asset,
    HOLDS.c.amount,
    HOLDS.c.expires_at_us,
    HOLDS.c.outcome,
    HOLDS.c.resolved_by_id,
).join(ACCOUNTS, ACCOUNTS.c.id == HOLDS.c.account_id)


def account_of(row: Iterable[Any]) -> Account:
    """Return the account of a row of `SELECT_ACCOUNTS`."""
    id_, owner_id, code, kind, name, closed_at_us, available, held, version, hash_, changed_at_us, scale = row
    return Account(
        id_,
        owner_id,
        Asset(Currency(code), scale),
        AccountKind(kind),
        name,
        closed_at_us,
        Balance(int(available), int(held)),
        version,
        bytes(hash_),
        changed_at_us,
    )


def entry_of(row: AnyRow) -> Entry:
    """Return the entry of a row of `SELECT_ENTRIES`."""
    account_id, asset, version, available_change, held_change, available, held, hash_, *of_transaction = row
    posting = Posting(account_id, asset, version, available_change, held_change, Balance(available, held), bytes(hash_))
    return Entry(_header(of_transaction), posting)


def hold_of(row: Sequence[Any]) -> Hold:
    """Return the hold of a row of `SELECT_HOLDS`."""
    id_, account_id, asset, amount, expires_at_us, outcome, resolved_by_id = row
    outcome = None if outcome is None else HoldOutcome(outcome)
    return Hold(id_, AccountRef(account_id, asset), amount, expires_at_us, outcome, resolved_by_id)


def _header(fields: Iterable[Any]) -> Header:
    id_, kind, related_id, occurred_at_us, recorded_at_us, reason = fields
    return Header(id_, TransactionKind(kind), related_id, occurred_at_us, recorded_at_us, reason)
