"""What requests may rely on, whoever counts them."""

from abc import ABC, abstractmethod

import pytest

from application.ports.rate_limiter import Allowance, Group, RateLimit, RateLimiter
from tests.unit.fakes.clock import FakeClock

THREE_A_MINUTE = RateLimit(3, 60)
LIMITS = {Group.CONVERT: THREE_A_MINUTE, Group.ACCOUNT: RateLimit(1, 3600)}


async def count(limiter: RateLimiter, who: str = "ada", group: Group = Group.CONVERT) -> Allowance:
    allowance = await limiter.count(group, who)
    assert allowance is not None
    return allowance


class RateLimiterContract(ABC):
    """`limiter` has `LIMITS`, has counted nothing, and goes by `clock`."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    @abstractmethod
    async def limiter(self, clock: FakeClock) -> RateLimiter: ...

    async def test_as_many_requests_as_the_limit_are_allowed_and_no_more(self, limiter: RateLimiter) -> None:
        counted = [await count(limiter) for _ in range(5)]
        assert [each.is_allowed for each in counted] == [True, True, True, False, False]
        assert [each.remaining for each in counted] == [2, 1, 0, 0, 0]
        assert {each.limit for each in counted} == {THREE_A_MINUTE}

    async def test_a_request_may_count_as_several_and_is_allowed_while_there_is_room_for_one(
        self, limiter: RateLimiter, clock: FakeClock
    ) -> None:
        first = await limiter.count(Group.CONVERT, "ada", 2)
        second = await limiter.count(Group.CONVERT, "ada", 10)
        third = await limiter.count(Group.CONVERT, "ada", 1)
        counted = [each for each in (first, second, third) if each is not None]
        assert [each.is_allowed for each in counted] == [True, True, False]
        assert [each.remaining for each in counted] == [1, 0, 0]
        clock.advance(counted[-1].reset_seconds - 0.5)
        assert not (await count(limiter)).is_allowed
        clock.advance(1)
        assert (await count(limiter)).is_allowed

    async def test_each_caller_and_each_group_is_counted_alone(self, limiter: RateLimiter) -> None:
        for _ in range(4):
            await count(limiter)
        assert not (await count(limiter)).is_allowed
        assert (await count(limiter, "grace")).remaining == 2
        assert (await count(limiter, group=Group.ACCOUNT)).is_allowed
        assert not (await count(limiter, group=Group.ACCOUNT)).is_allowed

    async def test_a_group_without_a_limit_is_not_counted(self, limiter: RateLimiter) -> None:
        assert await limiter.count(Group.QUOTES, "ada") is None

    async def test_a_window_begins_with_the_first_request(self, limiter: RateLimiter, clock: FakeClock) -> None:
        assert (await count(limiter)).reset_seconds == 60
        clock.advance(15)
        assert (await count(limiter)).reset_seconds == 45

    async def test_the_window_slides_instead_of_starting_anew(self, limiter: RateLimiter, clock: FakeClock) -> None:
        for _ in range(3):
            await count(limiter)
        clock.advance(60)
        assert not (await count(limiter)).is_allowed, "all three still count at the start of the next window"
        clock.advance(30)
        assert [(await count(limiter)).is_allowed for _ in range(3)] == [True, True, False]

    @pytest.mark.parametrize("seconds", [120, 1e6, -1, -1e6])
    async def test_after_two_windows_or_a_clock_set_back_everything_is_allowed_again(
        self, limiter: RateLimiter, clock: FakeClock, seconds: float
    ) -> None:
        for _ in range(3):
            await count(limiter)
        clock.advance(seconds)
        assert [(await count(limiter)).is_allowed for _ in range(4)] == [True, True, True, False]

    @pytest.mark.parametrize("steps", [[], [60], [60, 30], [20, 20, 20], [59.999, 0.002], [0, 1, 90]])
    async def test_who_waits_as_long_as_told_is_allowed_and_who_waits_less_is_not(
        self, limiter: RateLimiter, clock: FakeClock, steps: list[float]
    ) -> None:
        for seconds in steps:
            await count(limiter)
            clock.advance(seconds)
        while (refused := await count(limiter)).is_allowed:
            pass
        clock.advance(refused.reset_seconds - 0.001)
        assert not (await count(limiter)).is_allowed
        clock.advance(0.001)
        assert (await count(limiter)).is_allowed
