"""When to connect again: decorrelated jitter, so that processes and connections do not return together."""

from collections.abc import Callable

from domain.rates.errors import ExchangeUnavailable, FailureReason

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 60.0

# A refused subscription may pass soon, a stream that does not exist will not.
REFUSED_SECONDS = 10.0
LONGEST_REFUSED_SECONDS = 300.0

# The exchange has no stream for us.
BLOCKED_SECONDS = 300.0

# A connection that lasted for so long has shown that the exchange streams.
STABLE_SECONDS = 60.0


class Backoff:
    """The pauses of one connection. `uniform` returns a random number between two."""

    def __init__(self, uniform: Callable[[float, float], float]) -> None:
        self._uniform = uniform
        self._last_seconds = SHORTEST_SECONDS
        self._refused_seconds = REFUSED_SECONDS / 2

    def seconds_after(self, failure: ExchangeUnavailable | None, lasted_seconds: float) -> float:
        """Return how long to wait after a connection ended that had lasted so long; no less than the exchange asks."""
        if lasted_seconds >= STABLE_SECONDS:
            self._last_seconds, self._refused_seconds = SHORTEST_SECONDS, REFUSED_SECONDS / 2
        self._last_seconds = min(LONGEST_SECONDS, self._uniform(SHORTEST_SECONDS, 3 * self._last_seconds))
        if failure is None:
            return self._last_seconds
        return max(self._seconds_after(failure.reason), failure.retry_after_seconds or 0.0)

    def _seconds_after(self, reason: FailureReason) -> float:
        if reason is FailureReason.BLOCKED:
            return BLOCKED_SECONDS
        if reason is FailureReason.REFUSED:
            self._refused_seconds = min(LONGEST_REFUSED_SECONDS, 2 * self._refused_seconds)
            return self._refused_seconds
        return self._last_seconds
