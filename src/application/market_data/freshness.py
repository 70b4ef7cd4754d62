"""How old a price is, and how fresh a request needs it.

A value's age counts from `observed_at`, the moment before its fetch was sent. A request accepts values observed at or
after a moment, or only those whose fetch began after it arrived.
"""

from typing import NamedTuple

from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers

# The clocks of machines that share a cache may differ a little; a value from further ahead than this is wrong.
CLOCK_TOLERANCE_SECONDS = 1.0


def is_fresh(observed_at: float, not_before: float, now: float) -> bool:
    """Tell whether a value was observed at or after `not_before`, and not in the future; in Unix seconds."""
    return not_before <= observed_at <= now + CLOCK_TOLERANCE_SECONDS


def are_all_from(book_tickers: BookTickers, not_before: float) -> bool:
    """Tell whether every symbol's book was observed at or after `not_before`, if all but the older ones were."""
    return not book_tickers.older or min(book_tickers.older.values()) >= not_before


def is_from_the_future(observed_at: float, now: float) -> bool:
    """Tell whether a value claims a moment that is further ahead than clocks differ; in Unix seconds."""
    return observed_at > now + CLOCK_TOLERANCE_SECONDS


class Arrival(NamedTuple):
    """`at` is in Unix seconds; `generation` is the number of fetches that this process had seen begin by then."""

    at: float
    generation: int


class Generations:
    """Counts the fetches, from any exchange, that this process has seen begin.

    "Fetched after the request arrived" is decided by counting, not by time: a clock that is set back would make an old
    value look new.
    """

    def __init__(self, clock: Clock) -> None:
        self.current = 0
        self._clock = clock

    def arrival(self) -> Arrival:
        """Return the arrival of a request that arrives now; the requests of a batch may share one."""
        return Arrival(self._clock.now(), self.current)

    def next(self) -> int:
        """Return the generation of a fetch that begins now."""
        self.current += 1
        return self.current
