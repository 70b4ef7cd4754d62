"""What a hold had set aside is available again."""

from uuid import UUID

from domain.ledger.hold import Hold, HoldOutcome, Resolution
from domain.ledger.transaction import Movement, Transaction, TransactionKind


def release(
    transaction_id: UUID, hold: Hold, *, outcome: HoldOutcome = HoldOutcome.RELEASED, reason: str = ""
) -> Transaction:
    """Return the release of the whole hold: `outcome` says whether on purpose or because its time is over."""
    return Transaction(
        transaction_id,
        TransactionKind.RELEASE,
        (Movement(hold.account, hold.amount, held=-hold.amount),),
        related_id=hold.id,
        reason=reason,
        resolves=Resolution(hold, outcome),
    )
