"""Rate limits in Redis, which processes share: one call, to one key, counts a request."""

from collections.abc import Mapping

import structlog

from adapters.redis.connection import RedisConnection
from adapters.redis.scripts import COUNT
from application.ports.rate_limiter import Allowance, Group, RateLimit, RateLimiter
from domain.errors import CacheUnavailable

log = structlog.get_logger()


class RedisRateLimiter(RateLimiter):
    """Counts in Redis, by its clock; while it does not answer, `fallback` counts."""

    def __init__(self, limits: Mapping[Group, RateLimit], connection: RedisConnection, fallback: RateLimiter) -> None:
        """`limits` has only groups with a limit."""
        self._limits = dict(limits)
        self._connection = connection
        self._fallback = fallback
        self._script = connection.client.register_script(COUNT)
        self._is_local = False

    async def count(self, group: Group, who: str, requests: int = 1, *, is_accepted: bool = False) -> Allowance | None:
        """Count a request."""
        limit = self._limits.get(group)
        if limit is None:
            return None
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
        return Allowance.of(limit, current=current, previous=previous, left_ms=left_ms, requests=requests)

    def _note(self, *, is_local: bool, reason: str | None = None) -> None:
        if is_local and not self._is_local:
            log.warning("rate_limits_counted_locally", reason=reason)
        self._is_local = is_local
