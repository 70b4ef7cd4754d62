"""What is made of raw measurements: repeats that take turns, ratios within a repeat, median and spread."""

import math
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

REPEATS = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure: a sample for each repeat, under the key of its target. `note` says what the reader must know."""

    key: str
    samples: Sequence[float]
    note: str = ""
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
    """Measure A B A B A B rather than A A A B B B: what slows this machine down for a while then slows both."""
    results: dict[str, list[T]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, measure in contenders.items():
            results[name].append(await measure())
    return results


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return ours / theirs of each repeat: neighbours in time, so that they shared the machine's mood."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of all values do not exceed (nearest rank)."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]
