"""The house exchanges one asset for another outside, such as at an exchange."""

from collections.abc import Sequence
from uuid import UUID

from domain.ledger.transaction import Movement, Transaction, TransactionKind


def trade(transaction_id: UUID, movements: Sequence[Movement], *, reason: str = "") -> Transaction:
    """Return the trade. The movements of each asset balance on their own; those of one account are added up.

    Raises `UnbalancedTransaction`.
    """
    sums = {movement.account: 0 for movement in movements}
    for movement in movements:
        sums[movement.account] += movement.available
    return Transaction(
        transaction_id,
        TransactionKind.TRADE,
        tuple(Movement(account, units) for account, units in sums.items() if units),
        reason=reason,
    )
