"""Buffers counts before they reach the metrics library.

The library takes a lock for each count, and writes to a file if several processes are measured together: some 6 us per
request, a tenth of its total time. Adding to an int takes a hundredth of that. So counts are buffered here, and flushed
periodically by the one thread that counts.
"""

from bisect import bisect_left
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from prometheus_client import Histogram

Labels = TypeVar("Labels", bound=tuple[object, ...])


class Buffered(Protocol):
    """Buffers counts until they are flushed."""

    def flush(self) -> None:
        """Write the counts since the last flush to the registry."""
        ...


Counted = TypeVar("Counted", bound=Buffered)


class Tally:
    """The number of events since the last flush."""

    __slots__ = ("_add", "count")

    def __init__(self, add: Callable[[float], None]) -> None:
        self.count = 0
        self._add = add

    def flush(self) -> None:
        """Write the count since the last flush to the registry."""
        if self.count:
            self._add(self.count)
            self.count = 0


class Durations:
    """A histogram of durations, in seconds. `bounds` are its upper bucket bounds without infinity."""

    __slots__ = ("_bounds", "_counts", "_histogram", "_sum")

    def __init__(self, histogram: Histogram, bounds: tuple[float, ...]) -> None:
        self._histogram = histogram
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def flush(self) -> None:
        """Write the counts since the last flush to the registry."""
        # Into the histogram's own values, because it has no method that takes many observations.
        for value, count in zip(self._histogram._buckets, self._counts, strict=True):  # noqa: SLF001
            if count:
                value.inc(count)
        if self._sum:
            self._histogram._sum.inc(self._sum)  # noqa: SLF001
        self._counts = [0] * len(self._counts)
        self._sum = 0.0


class Tallies(dict[Labels, Counted], Generic[Labels, Counted]):
    """One tally per set of label values, created on first use; its series then starts at 0."""

    def __init__(self, make: Callable[..., Counted]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, labels: Labels) -> Counted:
        made = self[labels] = self._make(*labels)
        return made

    def flush(self) -> None:
        """Flush every tally."""
        for each in self.values():
            each.flush()
