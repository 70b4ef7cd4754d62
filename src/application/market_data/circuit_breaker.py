"""The circuit breaker of one exchange: while it is open, callers continue with another exchange immediately."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.rates.errors import ExchangeUnavailable, FailureReason

# It opens when at least MIN_CALLS ended within the window and at least FAILING_SHARE of them failed.
WINDOW_SECONDS = 10.0
MIN_CALLS = 5
FAILING_SHARE = 0.5

OPEN_SECONDS = 5.0


class BreakerState(StrEnum):
    """Whether the exchange may be called: yes (`closed`), no (`open`) or once, as a probe (`half_open`)."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """An admitted call. `era` is how often the breaker had opened before it."""

    era: int


class _Outcome(NamedTuple):
    ended_at: float
    has_failed: bool


class CircuitBreaker:
    """Admits all calls while closed, none while open, and then a single one, the probe, whose outcome decides.

    Every failure counts, whatever its reason, because calls never depend on a user's input; those for an order book do,
    so what only its symbol explains is not reported here. A failure
    with `retry_after_seconds` opens the breaker immediately, for that long, and no other call shortens this. Any other
    outcome of a call that was sent before the breaker opened is ignored.

    Pure: the time is passed in, in Unix seconds. If it is set back, the breaker stays open for at most one
    full period from then on.
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
        """Admit one call; report its outcome, then `release` it. Raises `ExchangeUnavailable` if none is admitted."""
        self.raise_if_open(now)
        if self._cause is None:
            return Call(self._era)
        self._probe = Call(self._era)
        return self._probe

    def raise_if_open(self, now: float) -> None:
        """Raise `ExchangeUnavailable` if `admit` would, without admitting a call."""
        self.raise_while_probing(now)
        if self._cause is not None and self._seconds_left(now) > 0:
            raise self._rejection(self._cause, now)

    def raise_unless_closed(self, now: float) -> None:
        """Raise `ExchangeUnavailable` also where `admit` would take the next call as the probe."""
        if self._cause is not None:
            raise self._rejection(self._cause, now)

    def raise_while_probing(self, now: float) -> None:
        """Raise `ExchangeUnavailable` while the probe is in flight."""
        if self._cause is not None and self._probe is not None:
            raise self._rejection(self._cause, now)

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
        """Treat another process's successful call as the probe; return whether that closed the breaker."""
        if self.state(now) is not BreakerState.HALF_OPEN or sent_at < self._opened_at + self._open_seconds:
            return False
        self._cause, self._probe = None, None
        self._open_seconds = 0.0
        return True

    def failed(self, call: Call, failure: ExchangeUnavailable, now: float) -> bool:
        """Count a call that failed; return whether that opened the breaker or kept it open longer."""
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
        """Report that the call is over, even if it was cancelled: the next call can then be the probe."""
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

    def _rejection(self, cause: ExchangeUnavailable, now: float) -> ExchangeUnavailable:
        return ExchangeUnavailable(
            cause.exchange,
            cause.reason if cause.retry_after_seconds else FailureReason.CIRCUIT_OPEN,
            f"not called for a while after: {cause.detail}",
            retry_after_seconds=self._seconds_left(now) or None,
        )
