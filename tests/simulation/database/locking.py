"""Which statements lock what they read, and which values may exist once: what the real tables and statements do."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.simulation.database.client import Locking
from tests.simulation.database.server import Unique
from tests.simulation.database.tables import Lock

Arguments = tuple[Any, ...]
Named = Mapping[str, Any]


def _accounts(_: Arguments, __: Named, found: Any) -> Iterable[Lock]:  # noqa: ANN401 -- what `lock` returns
    return [("ledger.accounts", id_) for id_ in sorted(found)]


LOCKING: Locking = {("ledger_accounts", "lock"): _accounts}
UNIQUE: Unique = {}
