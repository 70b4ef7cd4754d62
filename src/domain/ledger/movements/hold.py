"""Money is set aside until something is decided."""

from uuid import UUID

from domain.ledger.account import AccountRef
from domain.ledger.hold import Hold
from domain.ledger.transaction import Movement, Transaction, TransactionKind, checked_amount


def hold(
    transaction_id: UUID, amount: int, *, account: AccountRef, expires_at_us: int | None = None, reason: str = ""
) -> Transaction:
    """Return the transaction that takes so many units from `available` into a hold, whose id is the transaction's."""
    checked_amount(amount)
    return Transaction(
        transaction_id,
        TransactionKind.HOLD,
        (Movement(account, -amount, held=amount),),
        reason=reason,
        opens=Hold(transaction_id, account, amount, expires_at_us),
    )
