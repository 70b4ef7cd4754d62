"""What was seen a moment ago, for all who ask meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from application.ports.clock import Clock

Seen = TypeVar("Seen")


class CachedProbe(Generic[Seen]):
    """Looks when it is asked, one look at a time, and tells what it saw again for so many seconds from then on.

    Whoever comes while it looks waits for that look. A look that fails is not kept: the next one who waits looks anew.
    """

    def __init__(self, look: Callable[[], Awaitable[Seen]], *, clock: Clock, seconds: float) -> None:
        self._look = look
        self._clock = clock
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()
        self._seen: tuple[float, Seen] | None = None

    async def __call__(self) -> Seen:
        """Return what was seen. Raises whatever the look does."""
        # A lock and no task of its own: where who looks goes away, the next one does it, and nothing is left behind.
        async with self._one_at_a_time:
            if self._seen is None or not self._is_recent(self._seen[0]):
                seen = await self._look()
                self._seen = self._clock.now(), seen
            return self._seen[1]

    def _is_recent(self, seen_at: float) -> bool:
        return 0 <= self._clock.now() - seen_at < self._seconds  # below it where the clock was set back
