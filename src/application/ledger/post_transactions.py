"""Post several transactions in one unit of work."""

from collections.abc import Sequence

from application.ledger.ports.repositories import LedgerRepositories
from application.ledger.post_transaction import microseconds
from domain.ledger.errors import TransactionConflict
from domain.ledger.posted import PostedTransaction, post
from domain.ledger.transaction import Transaction


async def post_transactions(
    unit: LedgerRepositories, transactions: Sequence[Transaction], now: float
) -> list[PostedTransaction]:
    """Post all of them, each after the ones before it; their accounts are locked at once, in the order of their ids.

    Unlike `post_transaction`, a transaction that is posted already is a `TransactionConflict`: the caller's own rows
    must say what is still to be posted. Otherwise raises as that does. `now` is in Unix seconds.
    """
    accounts = await unit.ledger_accounts.lock({id_ for each in transactions for id_ in each.account_ids})
    done = []
    for transaction in transactions:
        posted = post(transaction, accounts, microseconds(now))
        if not await unit.journal.append(posted):
            raise TransactionConflict("this transaction was posted before")
        accounts |= posted.accounts_after(accounts)
        done.append(posted)
    return done
