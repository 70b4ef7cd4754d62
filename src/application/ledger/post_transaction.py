"""Post a transaction: the only way in which a balance ever changes."""

from application.ledger.ports.repositories import LedgerRepositories
from domain.errors import CrossrateError
from domain.ledger.errors import TransactionConflict
from domain.ledger.posted import PostedTransaction, post
from domain.ledger.transaction import Transaction


async def post_transaction(unit: LedgerRepositories, transaction: Transaction, now: float) -> PostedTransaction:
    """Post in this writing unit, whose other changes are committed or rolled back with it. `now` is in Unix seconds.

    A transaction that is posted already changes nothing, and is returned as it was: a repeat is told what happened
    then, even if the funds would not suffice any more. Call this last in the unit, because other transactions on the
    same accounts wait until it ends.

    Raises `NoSuchAccount`, `AccountClosed`, `InsufficientFunds`, `InvalidAmount`, `HoldResolved`, `HoldExpired`, and
    `TransactionConflict` if the id belongs to another transaction. Nothing is posted then.
    """
    accounts = await unit.ledger_accounts.lock(transaction.account_ids)
    try:
        posted = post(transaction, accounts, microseconds(now))
    except CrossrateError:
        if (before := await _posted_before(unit, transaction)) is not None:
            return before
        raise
    if await unit.journal.append(posted):
        return posted
    before = await _posted_before(unit, transaction)
    if before is None:
        raise TransactionConflict("this transaction id was in use a moment ago; try again")
    return before


def microseconds(moment: float) -> int:
    """Return Unix seconds as the ledger counts time."""
    return round(moment * 1_000_000)


async def _posted_before(unit: LedgerRepositories, transaction: Transaction) -> PostedTransaction | None:
    posted = await unit.journal.find(transaction.id)
    if posted is not None and not posted.is_of(transaction):
        raise TransactionConflict("this transaction id belongs to another transaction")
    return posted
