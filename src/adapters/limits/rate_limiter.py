"""Rate limits in sliding windows, counted in Redis where there is one, by the `limits` library."""

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

CALL_TIMEOUT_SECONDS = 0.5
# After a failure Redis is not asked for this long, so that a Redis that hangs delays one request and not all.
REST_SECONDS = 1.0

# uvloop raises RuntimeError when the connection was reset before the library writes to it.
NO_ANSWER = (RedisError, OSError, TimeoutError, RuntimeError)

log = structlog.get_logger()


class LimitsRateLimiter(RateLimiter):
    """Counts requests in the current window and a share of those in the one before, by how much of it is left."""

    def __init__(
        self, limits: Mapping[Group, RateLimit], pool: BlockingConnectionPool | None, prefix: str = "crossrate"
    ) -> None:
        """`limits` has only groups with a limit; `pool` connects to the Redis to count in, None to count in memory.

        `prefix` begins the keys in Redis.
        """
        self._limits = dict(limits)
        self._items = {
            group: RateLimitItemPerSecond(limit.requests, limit.seconds, namespace=group.value)
            for group, limit in limits.items()
        }
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_redis_storage(pool, prefix)) if pool is not None else None
        self._resting_until = 0.0

    async def count(self, group: Group, who: str) -> Allowance | None:
        """Count a request in Redis, or in this process while Redis does not answer."""
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


def _redis_storage(pool: BlockingConnectionPool, prefix: str) -> RedisStorage:
    # The address only selects the kind of server: the connections come from the pool.
    return RedisStorage(
        "async+redis://the-pools-own:6379",
        implementation="redispy",
        key_prefix=f"{prefix}:limits",
        connection_pool=pool,  # type: ignore[arg-type]  # typed for another class, and passed on unchanged
    )
