"""Correct a mistake by posting its opposite."""

from uuid import UUID

from application.ledger.ports.repositories import LedgerRepositories
from application.ledger.post_transaction import post_transaction
from domain.ledger.errors import NoSuchTransaction, NotCorrectable
from domain.ledger.movements.correction import correction
from domain.ledger.posted import PostedTransaction


async def correct_transaction(
    unit: LedgerRepositories, mistake_id: UUID, *, transaction_id: UUID, reason: str, now: float
) -> PostedTransaction:
    """Post the opposite of a transaction, at most once. Raises as `post_transaction` does, and `NotCorrectable`."""
    mistake = await unit.journal.find(mistake_id)
    if mistake is None:
        raise NoSuchTransaction("there is no such transaction")
    opposite = correction(transaction_id, mistake, reason=reason)
    await unit.ledger_accounts.lock(opposite.account_ids)
    if await unit.journal.find_correction(mistake_id) not in {None, transaction_id}:
        raise NotCorrectable("the transaction was corrected before")
    return await post_transaction(unit, opposite, now)
