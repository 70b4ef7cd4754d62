"""Candles: the first, highest, lowest and last recorded rate of each interval."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Interval(StrEnum):
    """The length of a candle. Days are UTC days."""

    HOUR = "1h"
    DAY = "1d"

    @property
    def seconds(self) -> int:
        """The length in seconds."""
        return 3600 if self is Interval.HOUR else 86400


@dataclass(frozen=True, slots=True)
class Candle:
    """First, highest, lowest and last rate of the `count` quotes from the Unix second `opened_at` on."""

    opened_at: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    count: int

    def with_rate(self, rate: Decimal) -> "Candle":
        """Return the candle with one more rate, its last."""
        return Candle(self.opened_at, self.open, max(self.high, rate), min(self.low, rate), rate, self.count + 1)


class Candles:
    """Builds candles from rates that are added oldest first; an interval without a rate has no candle."""

    def __init__(self, interval: Interval) -> None:
        self._seconds = interval.seconds
        self.all: list[Candle] = []

    def add(self, moment: int, rate: Decimal) -> None:
        """Add the rate observed at Unix second `moment`."""
        opened_at = moment - moment % self._seconds
        if self.all and self.all[-1].opened_at == opened_at:
            self.all[-1] = self.all[-1].with_rate(rate)
        else:
            self.all.append(Candle(opened_at, rate, rate, rate, rate, 1))
