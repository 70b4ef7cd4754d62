"""Tables as one transaction sees them: what is committed, and its own changes above."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, MutableMapping
from typing import Any, TypeVar

GONE = object()

Row = TypeVar("Row")
# A row's place, or that of a value that may exist once: what a transaction can lock.
Lock = tuple[Hashable, ...]


class Table(MutableMapping[Any, Any]):
    """A dictionary, as the fakes expect one. `changes` are this transaction's own; `claim` locks a row, or raises."""

    __slots__ = ("_claim", "changes", "committed", "name")

    def __init__(self, name: str, committed: dict[Any, Any], claim: Callable[[str, Any, Any], None]) -> None:
        self.name = name
        self.committed = committed
        self._claim = claim
        self.changes: dict[Any, Any] = {}

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401 -- any row
        if self.changes:
            row = self.changes.get(key)
            if row is GONE:
                raise KeyError(key)
            if row is not None:
                return row
        return self.committed[key]

    def __setitem__(self, key: Any, row: Any) -> None:  # noqa: ANN401 -- any row
        self._claim(self.name, key, row)
        self.changes[key] = row

    def __delitem__(self, key: Any) -> None:  # noqa: ANN401 -- any key
        self[key]
        self._claim(self.name, key, GONE)
        self.changes[key] = GONE

    def __iter__(self) -> Iterator[Any]:
        if not self.changes:
            return iter(self.committed)
        kept = [key for key in self.committed if self.changes.get(key) is not GONE]
        return iter(
            [*kept, *(key for key, row in self.changes.items() if row is not GONE and key not in self.committed)]
        )

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, key: object) -> bool:
        row = self.changes.get(key)
        return row is not GONE if row is not None else key in self.committed

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: ANN401 -- any row
        row = self.changes.get(key)
        if row is None:
            return self.committed.get(key, default)
        return default if row is GONE else row

    def values(self) -> Any:  # noqa: ANN401 -- a view of either kind
        if not self.changes:
            return self.committed.values()
        return [self[key] for key in self]

    def items(self) -> Any:  # noqa: ANN401 -- a view of either kind
        if not self.changes:
            return self.committed.items()
        return [(key, self[key]) for key in self]


class Rows(Iterable[Any]):
    """A list that grows, as the fakes expect one; each row has its index for a key."""

    __slots__ = ("_next", "_table")

    def __init__(self, table: Table, following: Callable[[], int]) -> None:
        self._table = table
        self._next = following

    def append(self, row: object) -> None:
        self._table[self._next()] = row

    def extend(self, rows: Iterable[object]) -> None:
        for row in rows:
            self.append(row)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._table.values()))

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 -- an index or a slice
        return list(self._table.values())[index]

    def __delitem__(self, index: Any) -> None:  # noqa: ANN401 -- an index or a slice
        keys = list(self._table)[index]
        for key in keys if isinstance(index, slice) else [keys]:
            del self._table[key]

    def __setitem__(self, index: Any, row: Any) -> None:  # noqa: ANN401 -- an index or a slice
        if isinstance(index, slice):
            del self[index]
            self.extend(row)
        else:
            self._table[list(self._table)[index]] = row
