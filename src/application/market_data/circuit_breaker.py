"""The circuit breaker of one exchange: while it is open, callers go on to another exchange at once."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.rates.errors import ExchangeUnavailable, FailureReason

# Opens when at least so many calls ended within the window and at least this share of them failed.
WINDOW_SECONDS = 10.0
MIN_CALLS = 5
FAILING_SHARE = 0.5

OPEN_SECONDS = 5.0


class BreakerState(StrEnum):
    """Whether an exchange may be called: `closed`, yes; `open`, no; `half_open`, once, as a probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """An admitted call; `era` is the number of openings before it."""

    era: int


class _Outcome(NamedTuple):
    ended_at: float
    has_failed: bool


class CircuitBreaker:
    """Admits calls while most of them succeed; none while it is open; then one, the probe, which decides.

    Every failure counts, whatever its reason: calls to an exchange never depend on a user's input. A failure with a
    `retry_after_seconds` opens the breaker at once, for that long, and no other call shortens this. The outcome of a
    call that was sent before the breaker opened counts for nothing else.

    Pure: the time is passed in, in Unix seconds. When it steps backwards, the breaker stays open for at most one whole
    opening from then on.
    """

    def __init__(self) -> None:
        self._outcomes: deque[_Outcome] = deque()
        self._cause: ExchangeUnavailable | None = None  # why it is open or half-open
        self._opened_at = 0.0
        self._open_seconds = 0.0
        self._era = 0
        self._probe: Call | None = None

    def state(self, now: float) -> BreakerState:
        """Return the state, which decides what happens to a call made now."""
        if self._cause is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._seconds_left(now) > 0 else BreakerState.HALF_OPEN

    def admit(self, now: float) -> Call:
        """Admit one call, whose end must be reported and then `release`d. Raises `ExchangeUnavailable` otherwise."""
        self.raise_if_open(now)
        if self._cause is None:
            return Call(self._era)
        self._probe = Call(self._era)
        return self._probe

    def raise_if_open(self, now: float) -> None:
        """Raise `ExchangeUnavailable` when `admit` would, and admit nothing."""
        self.raise_while_probing(now)
        if self._cause is not None and self._seconds_left(now) > 0:
            raise self._refusal(self._cause, now)

    def raise_while_probing(self, now: float) -> None:
        """Raise `ExchangeUnavailable` while the probe is in flight."""
        if self._cause is not None and self._probe is not None:
            raise self._refusal(self._cause, now)

    def succeeded(self, call: Call, now: float) -> bool:
        """Count a call that succeeded; return whether that closed the breaker."""
        if call.era != self._era:
            return False
        if call is self._probe:
            self._cause = None
            self._open_seconds = 0.0
            return True
        self._count(_Outcome(now, has_failed=False))
        return False

    def succeeded_elsewhere(self, sent_at: float, now: float) -> bool:
        """Take another process's successful call for the probe; return whether that closed the breaker."""
        if self.state(now) is not BreakerState.HALF_OPEN or sent_at < self._opened_at + self._open_seconds:
            return False
        self._cause, self._probe = None, None
        self._open_seconds = 0.0
        return True

    def failed(self, call: Call, failure: ExchangeUnavailable, now: float) -> bool:
        """Count a call that failed; return whether that opened the breaker, or kept it open for longer."""
        if failure.retry_after_seconds:
            return self._open(failure, failure.retry_after_seconds, now)
        if call.era != self._era:
            return False
        if call is not self._probe:
            self._count(_Outcome(now, has_failed=True))
            if not self._is_failing():
                return False
        return self._open(failure, OPEN_SECONDS, now)

    def release(self, call: Call) -> None:
        """Report that the call is over, however it ended: a cancelled probe makes room for the next."""
        if call is self._probe:
            self._probe = None

    def _open(self, cause: ExchangeUnavailable, seconds: float, now: float) -> bool:
        if self._seconds_left(now) > seconds:
            return False
        self._cause, self._opened_at, self._open_seconds = cause, now, seconds
        self._era += 1
        self._outcomes.clear()
        return True

    def _count(self, outcome: _Outcome) -> None:
        now = outcome.ended_at
        while self._outcomes and not now - WINDOW_SECONDS < self._outcomes[0].ended_at <= now:
            self._outcomes.popleft()
        self._outcomes.append(outcome)

    def _is_failing(self) -> bool:
        calls = len(self._outcomes)
        return calls >= MIN_CALLS and sum(each.has_failed for each in self._outcomes) >= FAILING_SHARE * calls

    def _seconds_left(self, now: float) -> float:
        self._opened_at = min(self._opened_at, now)  # later than now only after the clock was set back
        return max(0.0, self._opened_at + self._open_seconds - now)

    def _refusal(self, cause: ExchangeUnavailable, now: float) -> ExchangeUnavailable:
        return ExchangeUnavailable(
            cause.exchange,
            cause.reason if cause.retry_after_seconds else FailureReason.CIRCUIT_OPEN,
            f"left alone for a while after: {cause.detail}",
            retry_after_seconds=self._seconds_left(now) or None,
        )
