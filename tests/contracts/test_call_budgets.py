"""Every budget keeps the contract: the one in memory and the one in Redis."""

from collections.abc import AsyncIterator

import pytest

from adapters.memory.call_budget import MemoryCallBudget
from adapters.redis.call_budget import RedisCallBudget
from adapters.redis.link import redis_link
from application.call_plan import CallPlan
from application.ports.call_budget import CallBudget
from domain.errors import CacheUnavailable
from tests.contracts.call_budget_contract import FREE_KEY, HOUR, MIDNIGHT, CallBudgetContract, MakeBudget, taken
from tests.unit.fakes.clock import FakeClock


class TestMemoryCallBudget(CallBudgetContract):
    @pytest.fixture
    def make(self) -> MakeBudget:
        return MemoryCallBudget

    async def test_a_rest_ends_and_has_cost_no_call(self) -> None:
        clock = FakeClock(MIDNIGHT + 23 * HOUR)
        budget = MemoryCallBudget(FREE_KEY, clock)
        await budget.rest(90)
        await budget.take(is_hourly=True)
        clock.advance(90)
        assert await taken(budget) == 24


class TestRedisCallBudget(CallBudgetContract):
    @pytest.fixture
    async def make(self, redis_url: str) -> AsyncIterator[MakeBudget]:
        async with redis_link(redis_url) as link:

            def make(plan: CallPlan, clock: FakeClock) -> CallBudget:
                return RedisCallBudget(link, "alphavantage", plan, clock)

            yield make

    async def test_two_processes_share_the_calls_and_the_rests(self, make: MakeBudget) -> None:
        clock = FakeClock(MIDNIGHT + 23 * HOUR)
        one, other = make(FREE_KEY, clock), make(FREE_KEY, clock)
        assert await taken(one, 20) + await taken(other, 20) == 24
        await one.rest(30)
        left = await other.take(is_hourly=True)
        assert left is not None
        assert left <= 30

    async def test_a_redis_that_does_not_answer_is_no_leave_to_call(self) -> None:
        async with redis_link("redis://127.0.0.1:1/0") as link:
            budget = RedisCallBudget(link, "alphavantage", FREE_KEY, FakeClock(MIDNIGHT))
            with pytest.raises(CacheUnavailable):
                await budget.take(is_hourly=True)
            with pytest.raises(CacheUnavailable):
                await budget.rest(1)
