"""When to connect again: decorrelated jitter, so that processes and connections do not return together."""

from collections.abc import Callable

from domain.rates.errors import ExchangeUnavailable, FailureReason

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 60.0

# For what does not pass by itself within a minute: the exchange has no such stream, or none for us.
REFUSED_SECONDS = 300.0

# A connection that lasted for so long has shown that the exchange streams.
STABLE_SECONDS = 60.0


class Backoff:
    """The pauses of one connection. `uniform` returns a random number between two."""

    def __init__(self, uniform: Callable[[float, float], float]) -> None:
        self._uniform = uniform
        self._last_seconds = SHORTEST_SECONDS

    def seconds_after(self, failure: ExchangeUnavailable | None, lasted_seconds: float) -> float:
        """Return how long to wait after a connection ended that had lasted so long; no less than the exchange asks."""
        if lasted_seconds >= STABLE_SECONDS:
            self._last_seconds = SHORTEST_SECONDS
        self._last_seconds = min(LONGEST_SECONDS, self._uniform(SHORTEST_SECONDS, 3 * self._last_seconds))
        if failure is None:
            return self._last_seconds
        if failure.reason in {FailureReason.REFUSED, FailureReason.BLOCKED}:
            return max(REFUSED_SECONDS, failure.retry_after_seconds or 0.0)
        return max(self._last_seconds, failure.retry_after_seconds or 0.0)
