"""Money moves between two accounts with the same asset."""

from uuid import UUID

from domain.ledger.account import AccountRef
from domain.ledger.transaction import Movement, Transaction, TransactionKind, checked_amount


def transfer(
    transaction_id: UUID,
    amount: int,
    *,
    source: AccountRef,
    to: AccountRef,
    occurred_at_us: int | None = None,
    reason: str = "",
) -> Transaction:
    """Return the transfer of so many units. Raises `UnbalancedTransaction` if both are one account."""
    checked_amount(amount)
    movements = (Movement(source, -amount), Movement(to, amount))
    return Transaction(transaction_id, TransactionKind.TRANSFER, movements, occurred_at_us, reason=reason)
