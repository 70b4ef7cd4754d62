"""What a hold had set aside is spent, in whole or in part; the rest is available again."""

from collections.abc import Sequence
from uuid import UUID

from domain.ledger.account import AccountRef
from domain.ledger.errors import InvalidAmount
from domain.ledger.hold import Hold, HoldOutcome, Resolution
from domain.ledger.transaction import Movement, Transaction, TransactionKind, checked_amount


def settle(
    transaction_id: UUID,
    hold: Hold,
    payments: Sequence[tuple[AccountRef, int]],
    *,
    in_return: Sequence[Movement] = (),
    reason: str = "",
) -> Transaction:
    """Return the transaction that pays these units out of the hold and releases the rest.

    `in_return` are movements of other assets that happen with it, such as what was bought; they balance on their own.
    Raises `InvalidAmount` if the payments exceed the hold.
    """
    paid = sum(checked_amount(amount) for _, amount in payments)
    if paid > hold.amount:
        raise InvalidAmount("must be at most what is held")
    movements = (
        Movement(hold.account, hold.amount - paid, held=-hold.amount),
        *(Movement(account, amount) for account, amount in payments),
        *in_return,
    )
    return Transaction(
        transaction_id,
        TransactionKind.SETTLE,
        movements,
        related_id=hold.id,
        reason=reason,
        resolves=Resolution(hold, HoldOutcome.SETTLED),
    )
