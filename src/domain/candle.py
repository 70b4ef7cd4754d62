"""Candles: how a pair's recorded rate moved within equal spans of time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Interval(StrEnum):
    """How long a candle lasts. Days are those of UTC."""

    HOUR = "1h"
    DAY = "1d"

    @property
    def seconds(self) -> int:
        """The same in seconds."""
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


def candles(rates: Iterable[tuple[int, Decimal]], interval: Interval) -> Iterator[Candle]:
    """Yield the candles of (Unix second, rate), oldest first; a span without any rate has none."""
    candle: Candle | None = None
    for moment, rate in rates:
        opened_at = moment - moment % interval.seconds
        if candle is not None and candle.opened_at == opened_at:
            candle = Candle(
                opened_at, candle.open, max(candle.high, rate), min(candle.low, rate), rate, candle.count + 1
            )
            continue
        if candle is not None:
            yield candle
        candle = Candle(opened_at, rate, rate, rate, rate, 1)
    if candle is not None:
        yield candle
