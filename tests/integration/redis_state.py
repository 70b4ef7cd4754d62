"""What a service and its Redis show from outside."""

from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from adapters.redis.keys import FETCH_LOCK
from application.health.database_probe import PROBE_TTL_SECONDS
from tests.servers.service_client import Service
from tests.unit.fakes.clock import FakeClock

# With its defaults, a Redis client takes 4.3 seconds for a refused connection and 30 for a hanging one.
LONGEST_ANSWER_SECONDS = 2.0


async def value_keys(redis: Redis) -> list[bytes]:
    """Return the keys of cached market data, without those of the fetch locks and the rate limits."""
    lock = f":{FETCH_LOCK}".encode()
    keys = [key for key in await redis.keys("crossrate:*") if isinstance(key, bytes)]
    return [key for key in keys if not key.endswith(lock) and b":limits:" not in key]


def holds(redis: Redis, count: int) -> Callable[[], Awaitable[bool]]:
    """Tell whether Redis holds so many cached values; they are written after the answer."""

    async def look() -> bool:
        return len(await value_keys(redis)) == count

    return look


async def no_lease_is_held(redis: Redis) -> bool:
    """Tell whether every fetch lock has been released; a lease ends after its value is written."""
    locks = await redis.keys(f"crossrate:*:{FETCH_LOCK}")
    return not any(
        [await redis.hexists(lock, f"holder:{payload}") for lock in locks for payload in ("books", "listing")]
    )


def redis_is(service: Service, state: str, clock: FakeClock | None = None) -> Callable[[], Awaitable[bool]]:
    """Tell whether readiness reports this state of Redis. `clock` is the service's, if it has a fake one."""

    async def look() -> bool:
        if clock is not None:
            clock.advance(PROBE_TTL_SECONDS)
        return bool((await service.readiness())["dependencies"]["redis"]["status"] == state)

    return look


async def converts(service: Service, times: int = 5) -> bool:
    """Assert that conversions that fetch prices are answered in time."""
    for _ in range(times):
        answer = await service.convert()
        assert (answer.status, answer.json["exchange"]) == (200, "binance")
        assert answer.seconds < LONGEST_ANSWER_SECONDS
    return True
