"""The decision whether a transaction may be posted, and what it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from domain.ledger.account import Account
from domain.ledger.asset import MAX_DIGITS, MAX_UNITS
from domain.ledger.errors import (
    AccountClosed,
    HoldExpired,
    HoldResolved,
    InsufficientFunds,
    InvalidAmount,
    NoSuchAccount,
    UnbalancedTransaction,
)
from domain.ledger.hold import Hold, HoldOutcome, Resolution
from domain.ledger.posting import Header, Posting
from domain.ledger.transaction import Movement, Transaction


@dataclass(frozen=True, slots=True)
class PostedTransaction:
    """A transaction in the ledger; `postings` are in the order of their accounts' ids."""

    header: Header
    postings: tuple[Posting, ...]
    opens: Hold | None = None
    resolves: Resolution | None = None

    def posting_of(self, account_id: UUID) -> Posting:
        """Return what it did to this account. Raises `NoSuchAccount`."""
        for posting in self.postings:
            if posting.account_id == account_id:
                return posting
        raise NoSuchAccount("the transaction does not move this account")

    def accounts_after(self, accounts: Mapping[UUID, Account]) -> dict[UUID, Account]:
        """Return those of `accounts` that it moves, as they are afterwards."""
        return {
            each.account_id: replace(
                accounts[each.account_id],
                balance=each.balance,
                version=each.version,
                hash=each.hash,
                changed_at_us=self.header.recorded_at_us,
            )
            for each in self.postings
            if each.account_id in accounts
        }

    def is_of(self, transaction: Transaction) -> bool:
        """Tell whether this is what posting the transaction had led to, whenever that was."""
        header = self.header
        mine = (header.id, header.kind, header.related_id, header.reason)
        changes = {(each.account_id, each.asset, each.available_change, each.held_change) for each in self.postings}
        asked = {(*each.account, each.available, each.held) for each in transaction.movements}
        occurred = transaction.occurred_at_us in {None, header.occurred_at_us}
        theirs = (transaction.id, transaction.kind, transaction.related_id, transaction.reason)
        return occurred and mine == theirs and changes == asked


def post(transaction: Transaction, accounts: Mapping[UUID, Account], now_us: int) -> PostedTransaction:
    """Return what posting the transaction to accounts in this state leads to.

    It is recorded now, or right after the last posting of its accounts if that was at the same time, or the clock was
    set back since: an account's postings are in the order of their times. Raises `NoSuchAccount`, `AccountClosed`,
    `InsufficientFunds`, `HoldResolved`, `HoldExpired` and `InvalidAmount`.
    """
    if missing := [id_ for id_ in transaction.account_ids if id_ not in accounts]:
        raise NoSuchAccount(f"there is no account {missing[0]}")
    recorded_at_us = max([now_us, *(accounts[id_].changed_at_us + 1 for id_ in transaction.account_ids)])
    _check_hold(transaction.resolves, recorded_at_us)
    header = Header(
        transaction.id,
        transaction.kind,
        transaction.related_id,
        recorded_at_us if transaction.occurred_at_us is None else transaction.occurred_at_us,
        recorded_at_us,
        transaction.reason,
    )
    by_id = {movement.account.id: movement for movement in transaction.movements}
    postings = tuple(_posting(by_id[id_], accounts[id_], header) for id_ in transaction.account_ids)
    return PostedTransaction(header, postings, transaction.opens, transaction.resolves)


def _check_hold(resolution: Resolution | None, now_us: int) -> None:
    if resolution is None:
        return
    resolution.hold.check_open()
    if resolution.outcome is HoldOutcome.SETTLED and resolution.hold.is_expired(now_us):
        raise HoldExpired("this hold's time is over; it can only be released")


def _posting(movement: Movement, account: Account, header: Header) -> Posting:
    if movement.account.asset != account.asset.code:
        raise UnbalancedTransaction(f"the account has {account.asset.code}, not {movement.account.asset}")
    if account.closed_at_us is not None:
        raise AccountClosed("the account is closed")
    posting = Posting.following(account, movement, header)
    balance = posting.balance
    if balance.available < 0 and movement.available < 0 and not account.may_be_negative:
        raise InsufficientFunds(
            account.id,
            account.asset.code,
            available=account.asset.amount_of(account.balance.available),
            asked=account.asset.amount_of(-movement.available),
        )
    if balance.held < 0:
        raise HoldResolved("less is held in this account than the hold had; it must have been resolved before")
    if max(abs(balance.available), abs(balance.total)) > MAX_UNITS:
        raise InvalidAmount(f"the account cannot have more than {MAX_DIGITS} digits")
    return posting
