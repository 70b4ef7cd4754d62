"""When not to ask: the circuit breaker of one exchange, so that whoever asks can go on to another at once."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from domain.rates.errors import ExchangeUnavailable, FailureReason

# Opens when, of at least so many calls that ended within the window, at least this share failed.
WINDOW_SECONDS = 10.0
LEAST_CALLS = 5
FAILING_SHARE = 0.5

OPEN_SECONDS = 5.0


class BreakerState(StrEnum):
    """Whether an exchange may be called: `closed`, as ever; `open`, not now; `half_open`, once, to see how it is."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call that was let through; `era` is the number of openings before it."""

    era: int


class _Outcome(NamedTuple):
    ended_at: float
    has_failed: bool


class CircuitBreaker:
    """Lets calls through while most of them go well; none while it is open; then one, the probe, which decides.

    Every failure counts, whatever its reason: what an exchange is asked never depends on a user's input. One that says
    how long the exchange is to be left alone opens the breaker at once, for that long; no other call's end cuts it
    short. What a call tells that was sent before the breaker opened is old, and counts for nothing else.

    Pure: the time is handed in, in Unix seconds. It may step backwards, which never keeps the breaker open for longer
    than a whole opening from then on.
    """

    def __init__(self) -> None:
        self._outcomes: deque[_Outcome] = deque()
        self._cause: ExchangeUnavailable | None = None  # of being open or half-open
        self._opened_at = 0.0
        self._open_seconds = 0.0
        self._era = 0
        self._probe: Call | None = None

    def state(self, now: float) -> BreakerState:
        """Return what becomes of a call that comes now."""
        if self._cause is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._seconds_left(now) > 0 else BreakerState.HALF_OPEN

    def admit(self, now: float) -> Call:
        """Let one call through. Its end must be told, and then `release`d. Raises `ExchangeUnavailable` otherwise."""
        self.refuse(now)
        if self._cause is None:
            return Call(self._era)
        self._probe = Call(self._era)
        return self._probe

    def refuse(self, now: float) -> None:
        """Raise `ExchangeUnavailable` when `admit` would, and let nothing through."""
        self.refuse_while_probing(now)
        if self._cause is not None and self._seconds_left(now) > 0:
            raise self._refusal(self._cause, now)

    def refuse_while_probing(self, now: float) -> None:
        """Raise `ExchangeUnavailable` while the probe is under way."""
        if self._cause is not None and self._probe is not None:
            raise self._refusal(self._cause, now)

    def succeeded(self, call: Call, now: float) -> bool:
        """Count a call that went well; return whether that closed the breaker."""
        if call.era != self._era:
            return False
        if call is self._probe:
            self._cause = None
            self._open_seconds = 0.0
            return True
        self._count(_Outcome(now, has_failed=False))
        return False

    def seen_well(self, sent_at: float, now: float) -> bool:
        """Know of a call that went well elsewhere; return whether that closed the breaker, as a probe would have."""
        if self.state(now) is not BreakerState.HALF_OPEN or sent_at < self._opened_at + self._open_seconds:
            return False
        self._cause, self._probe = None, None
        self._open_seconds = 0.0
        return True

    def failed(self, call: Call, failure: ExchangeUnavailable, now: float) -> bool:
        """Count a call that failed; return whether that opened the breaker, or for longer."""
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
        """Know that the call is over, however it ended: a probe that was broken off leaves room for the next."""
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
        return calls >= LEAST_CALLS and sum(each.has_failed for each in self._outcomes) >= FAILING_SHARE * calls

    def _seconds_left(self, now: float) -> float:
        self._opened_at = min(self._opened_at, now)  # later than now only when the machine's clock was set back
        return max(0.0, self._opened_at + self._open_seconds - now)

    def _refusal(self, cause: ExchangeUnavailable, now: float) -> ExchangeUnavailable:
        return ExchangeUnavailable(
            cause.exchange,
            cause.reason if cause.retry_after_seconds else FailureReason.CIRCUIT_OPEN,
            f"left alone for a while after: {cause.detail}",
            retry_after_seconds=self._seconds_left(now) or None,
        )
