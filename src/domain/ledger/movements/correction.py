"""A mistake is mended by its opposite; nothing is ever changed or deleted."""

from uuid import UUID

from domain.ledger.account import AccountRef
from domain.ledger.errors import NotCorrectable
from domain.ledger.posted import PostedTransaction
from domain.ledger.transaction import Movement, Transaction, TransactionKind


def correction(transaction_id: UUID, mistake: PostedTransaction, *, reason: str) -> Transaction:
    """Return the opposite of `mistake`, for a stated reason.

    Raises `NotCorrectable` for a transaction that moved what is held, since a release or a refund undoes it, and for a
    trade: its batch would no longer be divided as its orders say.
    """
    if mistake.header.kind is TransactionKind.TRADE:
        raise NotCorrectable("a trade is what a venue did, and its batch is divided by it")
    if any(posting.held_change for posting in mistake.postings):
        raise NotCorrectable("a hold is undone by its release, and what was settled by a refund")
    movements = tuple(
        Movement(AccountRef(posting.account_id, posting.asset), -posting.available_change)
        for posting in mistake.postings
    )
    return Transaction(
        transaction_id, TransactionKind.CORRECTION, movements, related_id=mistake.header.id, reason=reason
    )
