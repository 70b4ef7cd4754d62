"""Rate limits in sliding windows, with the `limits` library, counted in Redis if there is one."""

import asyncio
import time
from collections.abc import Mapping
from typing import cast

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from adapters.redis_clients import NO_ANSWER, reason_of
from application.ports.rate_limiter import Allowance, Group, RateLimit, RateLimiter

CALL_TIMEOUT_SECONDS = 0.5
# After a failure Redis is not used for this long, so that a Redis that hangs delays one request and not all.
PAUSE_SECONDS = 1.0

log = structlog.get_logger()


class LimitsRateLimiter(RateLimiter):
    """Counts the requests in the current window, plus those in the previous one in proportion to its overlap."""

    def __init__(self, limits: Mapping[Group, RateLimit], client: Redis | None, prefix: str = "crossrate") -> None:
        """`limits` has only groups with a limit. `client` is of Redis; None counts in memory.

        `prefix` starts the name of every key in Redis.
        """
        self._limits = dict(limits)
        self._items = {
            group: RateLimitItemPerSecond(limit.requests, limit.seconds, namespace=group.value)
            for group, limit in limits.items()
        }
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_redis_storage(client, prefix)) if client is not None else None
        self._paused_until = 0.0

    async def count(self, group: Group, who: str) -> Allowance | None:
        """Count a request in Redis, or in this process while Redis does not answer."""
        if group not in self._items:
            return None
        loop = asyncio.get_running_loop()
        if self._shared is not None and loop.time() >= self._paused_until:
            try:
                async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
                    return await self._counted(self._shared, group, who)
            except NO_ANSWER as error:
                self._paused_until = loop.time() + PAUSE_SECONDS
                log.warning("rate_limits_counted_locally", reason=reason_of(error))
        return await self._counted(self._local, group, who)

    async def _counted(self, limiter: SlidingWindowCounterRateLimiter, group: Group, who: str) -> Allowance:
        item = self._items[group]
        is_allowed = await limiter.hit(item, who)
        left = await limiter.get_window_stats(item, who)
        return Allowance(
            limit=self._limits[group],
            is_allowed=is_allowed,
            remaining=left.remaining if is_allowed else 0,
            reset_seconds=max(0.0, left.reset_time - time.time()),
        )


def _redis_storage(client: Redis, prefix: str) -> RedisStorage:
    # The URL only selects the kind of storage. Its scripts run on our client instead, which may be of a cluster: the
    # library puts the keys of a script into one slot.
    storage = RedisStorage("async+redis://unused:6379", implementation="redispy", key_prefix=f"{prefix}:limits")
    bridge = cast("RedispyBridge", storage.bridge)
    bridge.storage = client
    bridge.register_scripts()
    return storage
