"""The `limits` library: windows that slide, counted in Redis where there is one."""

import asyncio
import time
from collections.abc import Mapping

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from application.ports.rate_limiter import Allowance, Group, RateLimit, RateLimiter

KEY_PREFIX = "crossrate:limits"
CALL_TIMEOUT_SECONDS = 0.5
# After a failure Redis is left alone, so that a hung one costs one request its timeout and not every request.
REST_SECONDS = 1.0

# RuntimeError is what uvloop raises for a connection that was reset before the library came to write to it.
NO_ANSWER = (RedisError, OSError, TimeoutError, RuntimeError)

log = structlog.get_logger()


class LimitsRateLimiter(RateLimiter):
    """Counts what each did within the last window; the one before counts by the part of it that is still within."""

    def __init__(self, limits: Mapping[Group, RateLimit], pool: BlockingConnectionPool | None) -> None:
        """`limits` leaves out the groups that have none; `pool` is that of the Redis to count in, None for memory."""
        self._limits = dict(limits)
        self._items = {
            group: RateLimitItemPerSecond(limit.requests, limit.seconds, namespace=group.value)
            for group, limit in limits.items()
        }
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_redis_storage(pool)) if pool is not None else None
        self._resting_until = 0.0

    async def count(self, group: Group, who: str) -> Allowance | None:
        """Count a request, in Redis if it answers and else for this process alone."""
        if group not in self._items:
            return None
        loop = asyncio.get_running_loop()
        if self._shared is not None and loop.time() >= self._resting_until:
            try:
                async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
                    return await self._counted(self._shared, group, who)
            except NO_ANSWER as error:
                self._resting_until = loop.time() + REST_SECONDS
                log.warning("rate_limits_not_shared", reason=type(error).__name__)
        return await self._counted(self._alone, group, who)

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


def _redis_storage(pool: BlockingConnectionPool) -> RedisStorage:
    # The address only tells the library what kind of server it is: the connections are the pool's.
    return RedisStorage(
        "async+redis://the-pools-own:6379",
        implementation="redispy",
        key_prefix=KEY_PREFIX,
        connection_pool=pool,  # type: ignore[arg-type]  # handed on as it is
    )
