"""Rate limits counted in the memory of one process, with or without a Redis that does not answer."""

import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.limits import rate_limiter
from adapters.limits.rate_limiter import LimitsRateLimiter
from adapters.redis_clients import redis_client
from application.ports.rate_limiter import Allowance, Group, RateLimit
from tests.unit.fakes.clock import NOON, FakeClock

THREE_A_MINUTE = RateLimit(3, 60)
LIMITS = {Group.CONVERT: THREE_A_MINUTE, Group.ACCOUNT: RateLimit(1, 3600)}

# The library counts in windows of the wall clock; this is the start of one.
WINDOW_START = NOON - NOON % 60


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The only clock of the library, which takes none from outside."""
    clock = FakeClock(WINDOW_START)
    monkeypatch.setattr(time, "time", clock.now)
    return clock


@pytest.fixture
async def limiter(clock: FakeClock) -> LimitsRateLimiter:  # noqa: ARG001 -- it stands still from the start
    return LimitsRateLimiter(LIMITS, client=None)


async def count(limiter: LimitsRateLimiter, who: str = "ada", group: Group = Group.CONVERT) -> Allowance:
    allowance = await limiter.count(group, who)
    assert allowance is not None
    return allowance


async def test_as_many_requests_as_the_limit_are_allowed_and_no_more(
    limiter: LimitsRateLimiter, clock: FakeClock
) -> None:
    clock.advance(15)
    counted = [await count(limiter) for _ in range(5)]
    assert [each.is_allowed for each in counted] == [True, True, True, False, False]
    assert [each.remaining for each in counted] == [2, 1, 0, 0, 0]
    assert {each.limit for each in counted} == {THREE_A_MINUTE}
    assert {each.reset_seconds for each in counted} == {45.0}


async def test_each_caller_is_counted_alone(limiter: LimitsRateLimiter) -> None:
    for _ in range(4):
        await count(limiter, "ada")
    assert not (await count(limiter, "ada")).is_allowed
    assert (await count(limiter, "grace")).remaining == 2


async def test_each_group_is_counted_alone(limiter: LimitsRateLimiter) -> None:
    for _ in range(4):
        await count(limiter)
    assert (await count(limiter, group=Group.ACCOUNT)).is_allowed
    assert not (await count(limiter, group=Group.ACCOUNT)).is_allowed


async def test_a_group_without_a_limit_is_not_counted(limiter: LimitsRateLimiter) -> None:
    assert await limiter.count(Group.QUOTES, "ada") is None


async def test_the_window_slides_instead_of_starting_anew(limiter: LimitsRateLimiter, clock: FakeClock) -> None:
    for _ in range(3):
        await count(limiter)
    clock.advance(60)
    assert not (await count(limiter)).is_allowed, "all three still count at the start of the next window"
    clock.advance(30)
    assert [(await count(limiter)).is_allowed for _ in range(3)] == [True, True, False]


async def test_after_two_windows_everything_is_allowed_again(limiter: LimitsRateLimiter, clock: FakeClock) -> None:
    for _ in range(3):
        await count(limiter)
    clock.advance(120)
    assert [(await count(limiter)).is_allowed for _ in range(4)] == [True, True, True, False]


@pytest.fixture
async def unreachable() -> AsyncIterator[Redis]:
    async with redis_client("redis://127.0.0.1:1/0", connect_timeout_seconds=1, read_timeout_seconds=1) as client:
        yield client


async def test_without_an_answer_from_redis_requests_are_counted_here(unreachable: Redis, clock: FakeClock) -> None:
    clock.advance(1)
    limiter = LimitsRateLimiter(LIMITS, unreachable)
    with capture_logs() as logs:
        counted = [await count(limiter) for _ in range(4)]
    assert [each.is_allowed for each in counted] == [True, True, True, False]
    expected = "ConnectionError, Connection refused"
    assert [(entry["event"], entry["reason"]) for entry in logs] == [("rate_limits_counted_locally", expected)]


async def test_redis_is_asked_again_after_a_pause(unreachable: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limiter, "PAUSE_SECONDS", 0.0)
    limiter = LimitsRateLimiter(LIMITS, unreachable)
    with capture_logs() as logs:
        for _ in range(3):
            await count(limiter)
    assert len(logs) == 3
