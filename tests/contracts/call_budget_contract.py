"""What a source with few calls a day relies on, whoever counts them."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

import pytest

from application.call_plan import CallPlan
from application.ports.call_budget import CallBudget
from tests.unit.fakes.clock import FakeClock

MIDNIGHT = 1_714_262_400.0
HOUR = 3600
FREE_KEY = CallPlan(calls_a_day=25, calls_an_hour=1)

MakeBudget = Callable[[CallPlan, FakeClock], CallBudget]


async def taken(budget: CallBudget, times: int = 100) -> int:
    """Ask so often by hand; return how many calls were let through."""
    return [await budget.take(is_hourly=False) for _ in range(times)].count(None)


class CallBudgetContract(ABC):
    """`make` gives a budget of which nothing is used; two of them count together if `is_shared`."""

    @pytest.fixture
    @abstractmethod
    def make(self) -> MakeBudget: ...

    async def test_every_hour_of_the_day_has_its_call_and_one_is_left(self, make: MakeBudget) -> None:
        clock = FakeClock(MIDNIGHT)
        budget = make(FREE_KEY, clock)
        by_hand = 0
        for _ in range(24):
            by_hand += await taken(budget)
            assert await budget.take(is_hourly=True) is None
            by_hand += await taken(budget)
            clock.advance(HOUR)
        assert by_hand == 1

    async def test_a_refusal_says_when_the_next_hour_begins(self, make: MakeBudget) -> None:
        budget = make(FREE_KEY, FakeClock(MIDNIGHT + 600))
        await taken(budget)
        assert await budget.take(is_hourly=False) == HOUR - 600

    async def test_an_hour_can_have_a_second_call_only_where_one_is_to_spare(self, make: MakeBudget) -> None:
        budget = make(FREE_KEY, FakeClock(MIDNIGHT))
        calls = [await budget.take(is_hourly=True) for _ in range(10)]
        assert calls.count(None) == 2

    async def test_what_the_hours_gone_by_did_not_need_may_be_used(self, make: MakeBudget) -> None:
        clock = FakeClock(MIDNIGHT + 20 * HOUR)
        budget = make(FREE_KEY, clock)
        assert await taken(budget) == 25 - 4
        for _ in range(4):
            assert await budget.take(is_hourly=True) is None
            clock.advance(HOUR)

    async def test_too_few_calls_are_spread_over_the_day(self, make: MakeBudget) -> None:
        clock = FakeClock(MIDNIGHT)
        budget = make(CallPlan(calls_a_day=12, calls_an_hour=1), clock)
        let_through = []
        for _ in range(24):
            let_through.append(await budget.take(is_hourly=True) is None)
            clock.advance(HOUR)
        assert sum(let_through) == 12
        assert all(sum(let_through[hour : hour + 2]) == 1 for hour in range(0, 24, 2))

    async def test_the_next_day_begins_anew(self, make: MakeBudget) -> None:
        clock = FakeClock(MIDNIGHT + 23 * HOUR)
        budget = make(FREE_KEY, clock)
        assert await taken(budget) == 24
        clock.advance(HOUR)
        assert await taken(budget) == 1

    async def test_without_any_call_a_day_there_is_none(self, make: MakeBudget) -> None:
        budget = make(CallPlan(calls_a_day=0, calls_an_hour=1), FakeClock(MIDNIGHT))
        assert await budget.take(is_hourly=True) is not None

    async def test_where_none_are_kept_any_call_may_be_made(self, make: MakeBudget) -> None:
        assert await taken(make(CallPlan(calls_a_day=7, calls_an_hour=0), FakeClock(MIDNIGHT))) == 7

    async def test_those_who_come_together_never_have_more(self, make: MakeBudget) -> None:
        budget = make(FREE_KEY, FakeClock(MIDNIGHT + 23 * HOUR))
        calls = await asyncio.gather(*(budget.take(is_hourly=False) for _ in range(50)))
        assert list(calls).count(None) == 24

    async def test_during_a_rest_no_call_is_made_and_none_is_counted(self, make: MakeBudget) -> None:
        budget = make(FREE_KEY, FakeClock(MIDNIGHT + 23 * HOUR))
        await budget.rest(90)
        await budget.rest(30)
        left = await budget.take(is_hourly=True)
        assert left is not None
        assert 80 < left <= 90
