"""Rate limits in Redis, which processes share: one call, to one key, counts a request."""

from collections.abc import Mapping
from typing import NamedTuple

import structlog
from cachetools import LRUCache

from adapters.redis.connection import RedisConnection
from adapters.redis.scripts import COUNT
from application.ports.clock import Clock
from application.ports.rate_limiter import Allowance, Group, RateLimit, RateLimiter
from domain.errors import CacheUnavailable

# Beyond it, Redis is asked again about those who have made no request for longest.
MOST_REFUSED = 10_000

log = structlog.get_logger()


class _Refused(NamedTuple):
    """When a refusal was asked for, and for how long it holds: until then nothing allows another request."""

    at_ms: int
    allowance: Allowance

    def at(self, now_ms: int) -> Allowance | None:
        """Return what Redis would say at this moment, None if that must be asked."""
        left_ms = round(self.allowance.reset_seconds * 1000) - (now_ms - self.at_ms)
        if now_ms < self.at_ms or left_ms <= 0:
            return None
        return Allowance(self.allowance.limit, False, 0, left_ms / 1000)  # noqa: FBT003 -- in the fields' order


class RedisRateLimiter(RateLimiter):
    """Counts in Redis, by its clock; while it does not answer, `fallback` counts.

    Refusals are remembered, since whoever is refused may go on asking: they cost no call.
    """

    def __init__(
        self, limits: Mapping[Group, RateLimit], connection: RedisConnection, fallback: RateLimiter, clock: Clock
    ) -> None:
        """`limits` has only groups with a limit."""
        self._limits = dict(limits)
        self._connection = connection
        self._fallback = fallback
        self._clock = clock
        self._refused: LRUCache[tuple[Group, str], _Refused] = LRUCache(MOST_REFUSED)
        self._script = connection.client.register_script(COUNT)
        self._is_local = False

    async def count(self, group: Group, who: str, requests: int = 1, *, is_accepted: bool = False) -> Allowance | None:
        """Count a request."""
        limit = self._limits.get(group)
        if limit is None:
            return None
        now_ms = int(self._clock.now() * 1000)
        refused = None if is_accepted else self._refused.get((group, who))
        if refused is not None and (refusal := refused.at(now_ms)) is not None:
            return refusal
        # With the length in its name, so that a change of the setting begins anew.
        key = f"{self._connection.prefix}:limits:{group}/{limit.seconds}:{who}"
        arguments = [limit.requests, limit.seconds * 1000, requests, int(is_accepted)]
        try:
            counted = await self._connection.call("count", lambda client: self._script([key], arguments, client))
        except CacheUnavailable as error:
            self._note(is_local=True, reason=str(error))
            return await self._fallback.count(group, who, requests, is_accepted=is_accepted)
        self._note(is_local=False)
        current, previous, left_ms = map(int, counted)
        allowance = Allowance.of(limit, current=current, previous=previous, left_ms=left_ms, requests=requests)
        if allowance.is_allowed or is_accepted:
            self._refused.pop((group, who), None)
        else:
            self._refused[group, who] = _Refused(now_ms, allowance)
        return allowance

    def _note(self, *, is_local: bool, reason: str | None = None) -> None:
        if is_local and not self._is_local:
            log.warning("rate_limits_counted_locally", reason=reason)
        self._is_local = is_local
