"""The readiness check of recorded quotes: how fresh those of the tracked pairs are."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from application.ports.clock import Clock
from application.quotes.newest_quotes import NewestQuotes
from domain.pair import Pair
from domain.quotes.quote import HOUR_SECONDS, RecordedQuote

STALE_SECONDS = 2 * HOUR_SECONDS


class QuoteState(StrEnum):
    """Whether a pair was recorded recently; `unknown` if the database does not answer."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class QuoteHealth:
    """The state of one tracked pair. `age_seconds` is that of its newest rate, None if there is none."""

    pair: Pair
    state: QuoteState
    age_seconds: float | None = None
    detail: str | None = None


class CheckQuotes:
    """The use case of the readiness probe. `lacks` maps pairs that cannot be recorded to what they need."""

    def __init__(
        self,
        *,
        newest: Callable[[], Awaitable[NewestQuotes | None]],
        tracked: Sequence[Pair],
        lacks: Mapping[Pair, str],
        clock: Clock,
    ) -> None:
        """`newest` returns the newest quotes within a second, None if the database does not answer."""
        self._newest = newest
        self._tracked = tuple(tracked)
        self._lacks = dict(lacks)
        self._clock = clock

    async def __call__(self) -> list[QuoteHealth]:
        """Return the state of every tracked pair, in the configured order, within a second."""
        if not self._tracked:
            return []
        newest = await self._newest()
        if newest is None:
            return [QuoteHealth(pair, QuoteState.UNKNOWN) for pair in self._tracked]
        return [self._health(pair, newest.get(pair)) for pair in self._tracked]

    def _health(self, pair: Pair, newest: RecordedQuote | None) -> QuoteHealth:
        if newest is None:
            return QuoteHealth(pair, QuoteState.MISSING, None, self._lacks.get(pair, "nothing has been recorded yet"))
        age_seconds = max(0.0, self._clock.now() - newest.quote.observed_at)
        # By the time of recording, not of the rate: at weekends the newest rate of USD/EUR is Friday's.
        if self._clock.now() - newest.recorded_at <= STALE_SECONDS:
            return QuoteHealth(pair, QuoteState.FRESH, age_seconds)
        detail = self._lacks.get(pair, f"nothing has been recorded for over {STALE_SECONDS // HOUR_SECONDS} hours")
        return QuoteHealth(pair, QuoteState.STALE, age_seconds, detail)
