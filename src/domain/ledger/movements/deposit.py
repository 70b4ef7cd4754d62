"""Money comes in."""

from uuid import UUID

from domain.ledger.account import AccountRef
from domain.ledger.transaction import Movement, Transaction, TransactionKind, checked_amount


def deposit(
    transaction_id: UUID,
    amount: int,
    *,
    to: AccountRef,
    source: AccountRef,
    occurred_at_us: int | None = None,
    reason: str = "",
) -> Transaction:
    """Return the deposit of so many units from `source`, an external account, to `to`."""
    checked_amount(amount)
    movements = (Movement(source, -amount), Movement(to, amount))
    return Transaction(transaction_id, TransactionKind.DEPOSIT, movements, occurred_at_us, reason=reason)
