"""Requests are counted alike in memory and in Redis, there in one call."""

import random
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.memory import rate_limiter as memory
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.redis import connection as connections
from adapters.redis import rate_limiter as limiters
from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.rate_limiter import RedisRateLimiter
from adapters.redis.scripts import COUNT
from application.ports.rate_limiter import Group, RateLimit, RateLimiter
from tests.contracts.rate_limiter_contract import LIMITS, RateLimiterContract, count
from tests.unit.fakes.clock import FakeClock

DAY = 86400


class ClockedRedisRateLimiter(RedisRateLimiter):
    """The script of `RedisRateLimiter`, with the time from a clock of the tests instead of Redis' own."""

    def __init__(self, connection: RedisConnection, clock: FakeClock, limits: dict[Group, RateLimit]) -> None:
        super().__init__(limits, connection, MemoryRateLimiter({}, clock), clock)
        timed = COUNT.replace("redis.call('TIME')", "{ARGV[5], ARGV[6]}")
        assert timed != COUNT
        script = connection.client.register_script(timed)

        async def run(keys: list[str], arguments: list[int], client: Redis) -> object:
            milliseconds = int(clock.now() * 1000)
            return await script(keys, [*arguments, milliseconds // 1000, milliseconds % 1000 * 1000], client)

        self._script = run  # type: ignore[assignment]  # called in the same way


def unclocked(connection: RedisConnection) -> RedisRateLimiter:
    """Return a limiter that goes by Redis' clock; the tests' own stands still."""
    return RedisRateLimiter(LIMITS, connection, MemoryRateLimiter({}, FakeClock()), FakeClock())


class TestMemoryRateLimiter(RateLimiterContract):
    @pytest.fixture
    async def limiter(self, clock: FakeClock) -> RateLimiter:
        return MemoryRateLimiter(LIMITS, clock)

    async def test_who_has_long_been_away_is_forgotten(
        self, limiter: RateLimiter, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert isinstance(limiter, MemoryRateLimiter)
        monkeypatch.setattr(memory, "MAX_CALLERS", 100)
        for number in range(1000):
            await count(limiter, f"address {number}")
        assert len(limiter._windows[Group.CONVERT]) == 100
        assert (await count(limiter, "address 999")).remaining == 1
        clock.advance(120)
        await count(limiter)
        assert len(limiter._windows[Group.CONVERT]) == 1


class TestRedisRateLimiter(RateLimiterContract):
    @pytest.fixture
    async def connection(
        self, application_redis_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[RedisConnection]:
        for name in ("SOCKET_TIMEOUT_SECONDS", "CALL_TIMEOUT_SECONDS"):  # other work slows this machine
            monkeypatch.setattr(connections, name, 10.0)
        async with redis_connection(application_redis_url) as connection:
            yield connection

    @pytest.fixture
    async def limiter(self, clock: FakeClock, connection: RedisConnection) -> RateLimiter:
        return ClockedRedisRateLimiter(connection, clock, LIMITS)

    @pytest.mark.parametrize("seed", range(5))
    async def test_it_answers_as_the_limiter_in_memory_does(
        self, connection: RedisConnection, clock: FakeClock, seed: int
    ) -> None:
        chance = random.Random(seed)  # noqa: S311 -- when requests come is no secret
        limits = {Group.CONVERT: RateLimit(chance.choice([1, 7, 1000]), chance.choice([1, 60, DAY]))}
        redis, local = ClockedRedisRateLimiter(connection, clock, limits), MemoryRateLimiter(limits, clock)
        for _ in range(300):
            assert await redis.count(Group.CONVERT, "ada") == await local.count(Group.CONVERT, "ada")
            length = limits[Group.CONVERT].seconds
            clock.advance(chance.choice([0, 0, 0, 0.001, length / 7, length / 3, length, 2 * length, -length / 9]))

    async def test_a_request_is_one_call_to_one_key(self, connection: RedisConnection, redis_url: str) -> None:
        limiter = unclocked(connection)
        await count(limiter)  # by now Redis knows the script
        async with Redis.from_url(redis_url) as other:
            await other.config_resetstat()
            await count(limiter)
            called = await other.info("commandstats")
            keys = [key async for key in other.scan_iter("*")]
        assert called["cmdstat_evalsha"]["calls"] == 1
        assert keys == [b"crossrate:limits:convert/60:ada"]

    async def test_whoever_is_refused_again_and_again_costs_no_more_calls(
        self, limiter: RateLimiter, clock: FakeClock, redis_url: str
    ) -> None:
        while (refused := await count(limiter)).is_allowed:
            pass
        async with Redis.from_url(redis_url) as other:
            await other.config_resetstat()
            again = [await count(limiter) for _ in range(100)]
            assert again == [refused] * 100
            assert "cmdstat_evalsha" not in await other.info("commandstats")
            await limiter.count(Group.CONVERT, "ada", is_accepted=True)
            assert (await other.info("commandstats"))["cmdstat_evalsha"]["calls"] == 1
        clock.advance(refused.reset_seconds)
        assert not (await count(limiter)).is_allowed, "what was answered in any case counts as well"

    async def test_few_refusals_are_remembered(
        self, connection: RedisConnection, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limiters, "MOST_REFUSED", 5)
        limiter = ClockedRedisRateLimiter(connection, clock, LIMITS)
        for number in range(20):
            await count(limiter, f"address {number}", Group.ACCOUNT)
            assert not (await count(limiter, f"address {number}", Group.ACCOUNT)).is_allowed
        assert len(limiter._refused) == 5

    async def test_it_goes_by_redis_own_clock(self, connection: RedisConnection) -> None:
        limiter = unclocked(connection)
        first, second = await count(limiter), await count(limiter)
        assert (first.remaining, second.remaining) == (2, 1)
        assert 55 < second.reset_seconds <= first.reset_seconds == 60

    async def test_a_key_expires_when_it_no_longer_counts(self, connection: RedisConnection, redis_url: str) -> None:
        await count(unclocked(connection))
        async with Redis.from_url(redis_url) as other:
            assert 115 < await other.ttl("crossrate:limits:convert/60:ada") <= 120

    @pytest.mark.parametrize("damage", ["a string", "nonsense in its fields"])
    async def test_a_damaged_key_counts_anew(self, connection: RedisConnection, redis_url: str, damage: str) -> None:
        async with Redis.from_url(redis_url) as other:
            if damage == "a string":
                await other.set("crossrate:limits:convert/60:ada", "5")
            else:
                await other.hset("crossrate:limits:convert/60:ada", mapping={"began_at": "x", "current": "-7"})
        assert (await count(unclocked(connection))).remaining == 2

    async def test_without_an_answer_requests_are_counted_locally_and_that_is_said_once(self, clock: FakeClock) -> None:
        async with redis_connection("redis://127.0.0.1:1/0") as nobody:
            limiter = RedisRateLimiter(LIMITS, nobody, MemoryRateLimiter(LIMITS, clock), clock)
            with capture_logs() as logs:
                counted = [await count(limiter) for _ in range(4)]
        assert [each.is_allowed for each in counted] == [True, True, True, False]
        assert [entry["event"] for entry in logs].count("rate_limits_counted_locally") == 1
