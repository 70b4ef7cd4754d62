"""Check how fresh the recorded quotes of the tracked pairs are."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from application.ports.clock import Clock
from application.quotes.newest_quotes import NewestQuotes
from domain.pair import Pair
from domain.quotes.quote import HOUR_SECONDS, RecordedQuote

STALE_SECONDS = 2 * HOUR_SECONDS


class QuoteState(StrEnum):
    """Whether a pair is recorded as it should be; `unknown` when the database does not answer."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class QuoteHealth:
    """The state of one tracked pair, with the age of its newest rate in seconds, None when there is none."""

    pair: Pair
    state: QuoteState
    age_seconds: float | None = None
    detail: str | None = None


class CheckQuotes:
    """For readiness. `lacks` says what a pair needs before it can be recorded."""

    def __init__(
        self,
        *,
        newest: Callable[[], Awaitable[NewestQuotes | None]],
        tracked: Sequence[Pair],
        lacks: Mapping[Pair, str],
        clock: Clock,
    ) -> None:
        """`newest` returns the newest quotes within a second, None when the database does not answer."""
        self._newest = newest
        self._tracked = tuple(tracked)
        self._lacks = dict(lacks)
        self._clock = clock

    async def __call__(self) -> list[QuoteHealth]:
        """Return the state of every tracked pair, in their order, within a second."""
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
        # By the time of recording, not of the rate: at a weekend the newest rate of USD/EUR is Friday's.
        if self._clock.now() - newest.recorded_at <= STALE_SECONDS:
            return QuoteHealth(pair, QuoteState.FRESH, age_seconds)
        detail = self._lacks.get(pair, f"nothing has been recorded for over {STALE_SECONDS // HOUR_SECONDS} hours")
        return QuoteHealth(pair, QuoteState.STALE, age_seconds, detail)
