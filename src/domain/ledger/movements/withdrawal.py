"""Money goes out."""

from uuid import UUID

from domain.ledger.account import AccountRef
from domain.ledger.transaction import Movement, Transaction, TransactionKind, checked_amount


def withdrawal(
    transaction_id: UUID,
    amount: int,
    *,
    source: AccountRef,
    to: AccountRef,
    occurred_at_us: int | None = None,
    reason: str = "",
) -> Transaction:
    """Return the withdrawal of so many units from `source` to `to`, an external account."""
    checked_amount(amount)
    movements = (Movement(source, -amount), Movement(to, amount))
    return Transaction(transaction_id, TransactionKind.WITHDRAWAL, movements, occurred_at_us, reason=reason)
