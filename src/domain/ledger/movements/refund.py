"""Money that was spent comes back, in whole or in part."""

from uuid import UUID

from domain.ledger.account import AccountRef
from domain.ledger.transaction import Movement, Transaction, TransactionKind, checked_amount


def refund(
    transaction_id: UUID, amount: int, *, of: UUID, source: AccountRef, to: AccountRef, reason: str = ""
) -> Transaction:
    """Return the refund of so many units that the transaction `of` had moved to `source`."""
    checked_amount(amount)
    movements = (Movement(source, -amount), Movement(to, amount))
    return Transaction(transaction_id, TransactionKind.REFUND, movements, related_id=of, reason=reason)
