"""Rate limits in the memory of one process."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from application.ports.clock import Clock
from application.ports.rate_limiter import Allowance, Group, RateLimit, RateLimiter

# Per group. Beyond it, those are forgotten who have made no request for the longest time.
MAX_CALLERS = 100_000


class _Window(NamedTuple):
    began_at_ms: int
    current: int
    previous: int

    def at(self, now_ms: int, length_ms: int) -> "_Window":
        """Return the window at this moment: this one, the next, or a new one after a pause or a clock set back."""
        passed = (now_ms - self.began_at_ms) // length_ms
        if passed == 0:
            return self
        if passed == 1:
            return _Window(self.began_at_ms + length_ms, 0, self.current)
        return _Window(now_ms, 0, 0)


class MemoryRateLimiter(RateLimiter):
    """Counts the requests to this process."""

    def __init__(self, limits: Mapping[Group, RateLimit], clock: Clock) -> None:
        """`limits` has only groups with a limit."""
        self._limits = dict(limits)
        self._clock = clock
        self._windows: dict[Group, OrderedDict[str, _Window]] = {group: OrderedDict() for group in limits}

    async def count(self, group: Group, who: str, requests: int = 1, *, is_accepted: bool = False) -> Allowance | None:
        """Count a request."""
        limit = self._limits.get(group)
        return (
            None
            if limit is None
            else self._counted(self._windows[group], limit, who, requests, is_accepted=is_accepted)
        )

    def _counted(
        self, windows: OrderedDict[str, _Window], limit: RateLimit, who: str, requests: int, *, is_accepted: bool
    ) -> Allowance:
        now_ms, length_ms = int(self._clock.now() * 1000), limit.seconds * 1000
        window = windows.get(who, _Window(now_ms, 0, 0)).at(now_ms, length_ms)
        left_ms = window.began_at_ms + length_ms - now_ms
        allowance = Allowance.of(
            limit, current=window.current, previous=window.previous, left_ms=left_ms, requests=requests
        )
        if allowance.is_allowed or is_accepted:
            windows[who] = window._replace(current=window.current + requests)
            windows.move_to_end(who)
            self._forget(windows, now_ms - 2 * length_ms)
        return allowance

    @staticmethod
    def _forget(windows: OrderedDict[str, _Window], before_ms: int) -> None:
        while next(iter(windows.values())).began_at_ms <= before_ms or len(windows) > MAX_CALLERS:
            windows.popitem(last=False)
