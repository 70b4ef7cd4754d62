"""Tell how fresh the recorded quotes of the tracked pairs are."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from application.ports.clock import Clock
from application.quotes.newest_quotes import NewestQuotes
from domain.pair import Pair
from domain.quotes.quote import HOUR_SECONDS, RecordedQuote

STALE_SECONDS = 2 * HOUR_SECONDS


class QuoteState(StrEnum):
    """Whether a pair is recorded as it should be; `unknown` where the database does not say."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class QuoteHealth:
    """One tracked pair. The age of its newest quote's rate is in seconds, None where none is known."""

    pair: Pair
    state: QuoteState
    age_seconds: float | None = None
    detail: str | None = None


class CheckQuotes:
    """`lacks` says what a pair needs before it can be recorded."""

    def __init__(
        self,
        *,
        newest: Callable[[], Awaitable[NewestQuotes | None]],
        tracked: Sequence[Pair],
        lacks: Mapping[Pair, str],
        clock: Clock,
    ) -> None:
        """`newest` returns the newest quotes of the tracked pairs within a second, None when the database is silent."""
        self._newest = newest
        self._tracked = tuple(tracked)
        self._lacks = dict(lacks)
        self._clock = clock

    async def __call__(self) -> list[QuoteHealth]:
        """Return every tracked pair in its order; within a second."""
        if not self._tracked:
            return []
        newest = await self._newest()
        if newest is None:
            return [QuoteHealth(pair, QuoteState.UNKNOWN) for pair in self._tracked]
        return [self._health(pair, newest.get(pair)) for pair in self._tracked]

    def _health(self, pair: Pair, newest: RecordedQuote | None) -> QuoteHealth:
        if newest is None:
            return QuoteHealth(pair, QuoteState.MISSING, None, self._lacks.get(pair, "nothing was recorded so far"))
        age_seconds = max(0.0, self._clock.now() - newest.quote.observed_at)
        # By when it was recorded: at a weekend the dollar's worth in euros is of Friday, however often one asks.
        if self._clock.now() - newest.recorded_at <= STALE_SECONDS:
            return QuoteHealth(pair, QuoteState.FRESH, age_seconds)
        detail = self._lacks.get(pair, f"nothing was recorded for over {STALE_SECONDS // HOUR_SECONDS} hours")
        return QuoteHealth(pair, QuoteState.STALE, age_seconds, detail)
