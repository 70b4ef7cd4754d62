"""Candles: the first, highest, lowest and last recorded rate of each interval."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple, Self


class Interval(StrEnum):
    """The length of a candle. Days are UTC days."""

    HOUR = "1h"
    DAY = "1d"

    @property
    def seconds(self) -> int:
        """The length in seconds."""
        return 3600 if self is Interval.HOUR else 86400


class DatedRate(NamedTuple):
    """A recorded rate. They are ordered by the Unix second of their observation, then by the id of their quote."""

    observed_at: int
    id: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class RateSummary:
    """What candles need of `count` rates. Summaries merge in any order to the same result."""

    first: DatedRate
    high: Decimal
    low: Decimal
    last: DatedRate
    count: int

    @classmethod
    def of(cls, rate: DatedRate) -> Self:
        """Return the summary of one rate."""
        return cls(rate, rate.rate, rate.rate, rate, 1)

    def merged(self, other: "RateSummary") -> "RateSummary":
        """Return the summary of the rates of both."""
        first, last = min(self.first, other.first), max(self.last, other.last)
        return RateSummary(first, max(self.high, other.high), min(self.low, other.low), last, self.count + other.count)


@dataclass(frozen=True, slots=True)
class Candle:
    """First, highest, lowest and last rate of the `count` quotes from the Unix second `opened_at` on."""

    opened_at: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    count: int


class Candles:
    """Builds candles from summaries in any order, each within one hour; an interval without a rate has no candle."""

    def __init__(self, interval: Interval) -> None:
        self._seconds = interval.seconds
        self._summaries: dict[int, RateSummary] = {}

    def add(self, summary: RateSummary) -> None:
        """Add the rates of one hour, or some of them."""
        moment = summary.first.observed_at
        opened_at = moment - moment % self._seconds
        known = self._summaries.get(opened_at)
        self._summaries[opened_at] = summary if known is None else known.merged(summary)

    def __iter__(self) -> Iterator[Candle]:
        """Yield the candles, oldest first."""
        for opened_at, each in sorted(self._summaries.items(), key=itemgetter(0)):
            yield Candle(opened_at, each.first.rate, each.high, each.low, each.last.rate, each.count)
