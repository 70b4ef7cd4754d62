"""Which statements lock what they read, and which values may exist once: what the real tables and statements do."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.orders.batch import BatchStatus
from tests.simulation.database.client import Locking
from tests.simulation.database.server import Unique
from tests.simulation.database.tables import Lock

Arguments = tuple[Any, ...]
Named = Mapping[str, Any]


def _accounts(_: Arguments, __: Named, found: Any) -> Iterable[Lock]:  # noqa: ANN401 -- what `lock` returns
    return [("ledger.accounts", id_) for id_ in sorted(found)]


def _one(table: str) -> Any:  # noqa: ANN401 -- one of `Locking`
    """Return how `find(..., for_change=True)` locks its row."""

    def locks(_: Arguments, named: Named, found: Any) -> Iterable[Lock]:  # noqa: ANN401 -- what `find` returns
        return [(table, found.id)] if named.get("for_change") and found is not None else []

    return locks


def _all(table: str) -> Any:  # noqa: ANN401 -- one of `Locking`
    def locks(_: Arguments, __: Named, found: Any) -> Iterable[Lock]:  # noqa: ANN401 -- rows
        return [(table, row.id) for row in found]

    return locks


LOCKING: Locking = {
    ("ledger_accounts", "lock"): _accounts,
    ("wallets", "find"): _one("wallets.wallets"),
    ("orders", "find"): _one("ordering.orders"),
    ("orders", "find_of_anyone"): _one("ordering.orders"),
    ("orders", "lock_queued_before"): _all("ordering.orders"),
    ("orders", "lock_queued_beyond"): _all("ordering.orders"),
    ("orders", "lock_in_batch"): _all("ordering.orders"),
    ("price_locks", "find"): _one("ordering.price_locks"),
}


def _unfinished(kept: Any) -> Any:  # noqa: ANN401 -- a row
    return None if kept.batch.status is BatchStatus.DONE else kept.batch.asset.code


UNIQUE: Unique = {
    "ordering.batches": {"one_unfinished_batch": _unfinished},
    "ordering.attempts": {"client_order_id": lambda attempt: attempt.order.client_order_id},
    "wallets.currencies": {"one_currency_of_a_wallet": lambda currency: (currency.wallet_id, currency.code)},
}
