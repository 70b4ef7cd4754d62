"""Statistics on raw measurements: alternating repeats, ratios within a repeat, median and spread."""

import math
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

REPEATS = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure: a sample per repeat, under the key of its target. `note` is for the reader of the table.

    `absolute` is what a ratio was calculated from, in units; it holds for this machine only. `slowness` is how many
    times as long the machine took for plain Python then, if that was measured.
    """

    key: str
    samples: Sequence[float]
    note: str = ""
    absolute: str = ""
    slowness: float = 1.0
    median: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "median", statistics.median(self.samples))

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest sample."""
        return min(self.samples), max(self.samples)


async def interleaved(
    contenders: Mapping[str, Callable[[], Awaitable[T]]], repeats: int = REPEATS
) -> dict[str, list[T]]:
    """Measure A B A B A B, not A A A B B B, so that a slow spell of the machine slows both."""
    results: dict[str, list[T]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, measure in contenders.items():
            results[name].append(await measure())
    return results


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return ours / theirs of each repeat; both were measured one after the other, on the same spell of the machine."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that is not exceeded by at least `share` of all values (nearest rank)."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]
