"""A database server: what is committed, who has locked what, and which transactions are open."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import count
from typing import Any, cast

from domain.errors import ConcurrentChange, ConstraintViolated, DatabaseUnavailable
from tests.simulation.database.tables import GONE, Lock, Rows, Table
from tests.simulation.faults import Faults
from tests.simulation.loop import Process, SimulatedLoop
from tests.simulation.story import Story
from tests.unit.fakes.orders import Numbers
from tests.unit.fakes.rows import Rows as FakeRows

LOCK_TIMEOUT_SECONDS = 2.0
IDLE_TIMEOUT_SECONDS = 30.0

# Values that may exist once, beside primary keys: what the indexes of the real tables keep. None is not indexed.
Unique = Mapping[str, Mapping[str, Callable[[Any], Any]]]


class Blocked(BaseException):
    """A statement must wait for another transaction. No fake catches it."""

    def __init__(self, owner: Transaction) -> None:
        self.owner = owner


class Server:
    """The server. `on_commit` sees the changes of each transaction that was committed."""

    def __init__(
        self, loop: SimulatedLoop, chance: random.Random, faults: Faults, story: Story, unique: Unique
    ) -> None:
        self.loop = loop
        self.chance = chance
        self.faults = faults
        self.story = story
        self.unique = unique
        self.tables: dict[str, dict[Any, Any]] = defaultdict(dict)
        self.owners: dict[Lock, Transaction] = {}
        self.open: list[Transaction] = []
        self.snapshots: list[Transaction] = []
        self.down_until = 0.0
        self.on_commit: list[Callable[[Mapping[str, Mapping[Any, Any]]], None]] = []
        self.indexes = count()
        self.numbers: dict[str, Numbers] = {}

    def check_up(self) -> None:
        if self.down_until > self.loop.time():
            raise DatabaseUnavailable("the database is down")

    def restart(self, seconds: float) -> None:
        """Go down, and forget every open transaction; one whose commit was under way is committed or not."""
        self.story.tell("database", "goes down for", round(seconds, 1), "s")
        self.down_until = self.loop.time() + seconds
        for transaction in list(self.open):
            if transaction.is_committing and self.chance.random() < 0.5:
                transaction.commit()
            else:
                transaction.roll_back()


class Transaction:
    """One transaction at read committed, or, without `writes`, on one snapshot."""

    def __init__(self, server: Server, process: Process, *, writes: bool) -> None:
        self.server = server
        self.process = process
        self.writes = writes
        self.is_open = True
        self.is_committing = False
        self.waits_for: Transaction | None = None
        self._tables: dict[str, Table] = {}
        self._locks: list[Lock] = []
        self._waiting: list[Callable[[], None]] = []
        self._snapshot: dict[str, dict[Any, Any]] | None = None
        self.used_at = server.loop.time()
        server.open.append(self)

    # Tables

    def table(self, name: str) -> Table:
        table = self._tables.get(name)
        if table is None:
            rows = self.server.tables[name]
            if not self.writes:
                if self._snapshot is None:
                    self._snapshot = {}
                    self.server.snapshots.append(self)
                rows = self._snapshot.get(name, rows)
            table = self._tables[name] = Table(name, rows, self._claim)
        return table

    def keep(self, name: str, rows: dict[Any, Any]) -> None:
        """Keep the rows of a table, which are about to change, as they were when this transaction began."""
        assert self._snapshot is not None
        if name not in self._snapshot:
            kept = self._snapshot[name] = dict(rows)
            if name in self._tables:
                self._tables[name].committed = kept

    def _claim(self, table: str, key: Any, row: Any) -> None:  # noqa: ANN401 -- any row
        if not self.writes:
            raise DatabaseUnavailable("this unit of work only reads")
        self.lock((table, key))
        for name, value_of in self.server.unique.get(table, {}).items():
            value = None if row is GONE else value_of(row)
            if value is None:
                continue
            self.lock((table, name, value))
            if any(other != key and value_of(kept) == value for other, kept in self.table(table).items()):
                raise ConstraintViolated(name)

    def lock(self, lock: Lock) -> None:
        """Lock a row or value until the end. Raises `Blocked`."""
        owner = self.server.owners.get(lock)
        if owner is None:
            self.server.owners[lock] = self
            self._locks.append(lock)
        elif owner is not self:
            raise Blocked(owner)

    def mark(self) -> list[tuple[Table, dict[Any, Any]]]:
        """Note the changes made so far."""
        return [(table, dict(table.changes)) for table in self._tables.values() if table.changes]

    def undo(self, marked: list[tuple[Table, dict[Any, Any]]]) -> None:
        """Undo the changes since then; locks stay."""
        before = {id(table): changes for table, changes in marked}
        for table in self._tables.values():
            if table.changes:
                table.changes = before.get(id(table), {})

    async def wait_for(self, owner: Transaction) -> None:
        """Wait until another transaction ends, for two seconds. The one that would close a circle gives way."""
        seen: Transaction | None = owner
        while seen is not None:
            if seen is self:
                self.roll_back()
                raise ConcurrentChange("deadlock", can_retry=True)
            seen = seen.waits_for
        self.waits_for = owner
        loop = self.server.loop
        ended = loop.create_future()

        def wake(_: object = None) -> None:
            if not ended.done():
                ended.set_result(None)

        owner._waiting.append(wake)
        timer = loop.call_later(LOCK_TIMEOUT_SECONDS, wake)
        await ended
        timer.cancel()
        self.waits_for = None
        self.check_open()
        if owner.is_open:
            self.roll_back()
            raise ConcurrentChange("waited too long for a locked row")

    # Its end

    def check_open(self) -> None:
        if not self.is_open:
            raise DatabaseUnavailable("the connection was lost")
        now = self.server.loop.time()
        if now - self.used_at > IDLE_TIMEOUT_SECONDS:
            self.roll_back()
            raise DatabaseUnavailable("idle in transaction for too long")
        self.used_at = now

    def commit(self) -> None:
        """Apply all changes at once."""
        if not self.is_open:
            return
        changed = {name: table.changes for name, table in self._tables.items() if table.changes}
        for name, changes in changed.items():
            rows = self.server.tables[name]
            for reader in self.server.snapshots:
                reader.keep(name, rows)
            for key, row in changes.items():
                if row is GONE:
                    rows.pop(key, None)
                else:
                    rows[key] = row
        self._end()
        if changed:
            for react in self.server.on_commit:
                react(changed)

    def roll_back(self) -> None:
        if self.is_open:
            self._end()

    def _end(self) -> None:
        self.is_open = False
        self.server.open.remove(self)
        if self._snapshot is not None:
            self.server.snapshots.remove(self)
        for lock in self._locks:
            del self.server.owners[lock]
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            self.server.loop.outside(0.0, wake)


def rows_of(transaction: Transaction) -> FakeRows:
    """Return the rows as the fakes expect them, above the transaction's tables."""
    return cast("FakeRows", _view(transaction, FakeRows, ""))


Find = Callable[[Transaction], Any]


def _view(transaction: Transaction, kind: Any, prefix: str) -> Any:  # noqa: ANN401 -- any dataclass of rows
    lazy = _lazy(kind, prefix)
    view = object.__new__(lazy)
    view.__dict__["_transaction"] = transaction
    return view


@cache
def _lazy(kind: Any, prefix: str) -> Any:  # noqa: ANN401 -- any dataclass of rows
    """Return a subclass whose fields are looked up when they are first used: a unit of work uses few of them."""
    finds = {field.name: _find(field.default_factory, f"{prefix}{field.name}") for field in fields(kind)}

    def look_up(self: Any, name: str) -> Any:  # noqa: ANN401 -- any table
        if name not in finds:
            raise AttributeError(name)
        attributes = self.__dict__
        found = attributes[name] = finds[name](attributes["_transaction"])
        return found

    return type(kind.__name__, (kind,), {"__getattr__": look_up})


def _find(factory: Any, name: str) -> Find:  # noqa: ANN401 -- any table
    """Return how to find a field of the rows."""
    if factory is Numbers:  # a sequence is shared by all transactions, and is not rolled back
        return lambda transaction: transaction.server.numbers.setdefault(name, Numbers())
    if is_dataclass(factory):
        return lambda transaction: _view(transaction, factory, f"{name}.")
    if factory is list:
        return lambda transaction: Rows(transaction.table(name), transaction.server.indexes.__next__)
    return lambda transaction: transaction.table(name)
