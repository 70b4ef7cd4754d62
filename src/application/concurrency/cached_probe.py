"""A probe whose result is cached for a short time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from application.ports.clock import Clock

Result = TypeVar("Result")


class CachedProbe(Generic[Result]):
    """Runs one probe at a time, and returns its result for `ttl_seconds` after its end.

    Callers during a probe wait for it. A probe that raises is not cached: the next caller probes again.
    """

    def __init__(self, probe: Callable[[], Awaitable[Result]], *, clock: Clock, ttl_seconds: float) -> None:
        self._probe = probe
        self._clock = clock
        self._ttl_seconds = ttl_seconds
        self._lock = asyncio.Lock()
        self._cached: tuple[float, Result] | None = None

    async def __call__(self) -> Result:
        """Return the cached result, or that of a new probe. Raises what the probe raises."""
        # A lock and not a single-flight: a probe is cancelled with its caller, and the next caller starts a new one, so
        # no task outlives its callers.
        async with self._lock:
            if self._cached is None or not self._is_recent(self._cached[0]):
                result = await self._probe()
                self._cached = self._clock.now(), result
            return self._cached[1]

    def _is_recent(self, probed_at: float) -> bool:
        return 0 <= self._clock.now() - probed_at < self._ttl_seconds  # negative after the clock was set back
