"""How everything is that conversions depend on, without asking an exchange."""

import asyncio
from dataclasses import replace

from application.breaker import BreakerState
from application.check_health import CheckHealth, DependencyHealth, State
from application.look_at_database import LookAtDatabase
from application.ports.database import Question
from domain.errors import FailureReason
from tests.unit.application.house import House
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.exchange import failure
from tests.unit.fakes.market_cache import FakeMarketCache

BTC_USDT = {"BTC/USDT": ("1", "1")}


def checking(house: House, database: FakeDatabase | None = None) -> CheckHealth:
    return CheckHealth(
        markets=house.markets,
        cache=house.cache,
        cache_name="redis",
        look=LookAtDatabase(database or FakeDatabase(), [], house.clock),
        clock=house.clock,
    )


async def test_before_the_first_call_nothing_is_known_of_the_exchanges_and_none_is_asked() -> None:
    house = House(BTC_USDT, BTC_USDT)
    assert await checking(house)() == [
        DependencyHealth("redis", State.UP),
        DependencyHealth("database", State.UP),
        DependencyHealth("binance", State.UNKNOWN, breaker=BreakerState.CLOSED),
        DependencyHealth("kucoin", State.UNKNOWN, breaker=BreakerState.CLOSED),
    ]
    assert house.binance.calls + house.kucoin.calls == 0


async def test_an_exchange_that_answered_is_up_with_the_age_of_what_it_said() -> None:
    house = House(BTC_USDT)
    await house.convert("BTC", "USDT")
    house.clock.advance(12.3456)
    assert (await checking(house)())[2] == DependencyHealth(
        "binance", State.UP, None, 12.346, 12.346, BreakerState.CLOSED
    )


async def test_an_age_is_never_negative() -> None:
    house = House(BTC_USDT)
    await house.convert("BTC", "USDT")
    house.clock.advance(-5)
    assert (await checking(house)())[2].books_age_seconds == 0


async def test_an_exchange_that_failed_is_down_with_its_reason_until_it_answers_again() -> None:
    house = House(BTC_USDT)
    house.binance.fail_next(failure("binance", FailureReason.TIMEOUT, is_transient=False))
    await house.unavailable("BTC", "USDT", "binance")
    assert (await checking(house)())[2] == DependencyHealth(
        "binance", State.DOWN, "timeout: made to fail", breaker=BreakerState.CLOSED
    )
    await house.convert("BTC", "USDT")
    assert (await checking(house)())[2].state is State.UP


async def test_an_exchange_that_is_left_alone_is_down_until_a_call_to_it_goes_well() -> None:
    house = House(BTC_USDT)
    house.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    for _ in range(5):
        await house.unavailable("BTC", "USDT", "binance")
    down = DependencyHealth("binance", State.DOWN, "timeout: made to fail", breaker=BreakerState.OPEN)
    assert (await checking(house)())[2] == down
    house.clock.advance(5)
    assert (await checking(house)())[2] == replace(down, breaker=BreakerState.HALF_OPEN)
    house.binance.standing_failure = None
    await house.convert("BTC", "USDT")
    health = (await checking(house)())[2]
    assert (health.state, health.breaker) == (State.UP, BreakerState.CLOSED)


async def test_a_cache_that_is_down_is_told_and_nothing_more() -> None:
    house = House(BTC_USDT)
    house.cache.is_down = True
    assert (await checking(house)())[0] == DependencyHealth(
        "redis", State.DOWN, "made to fail; conversions go on without"
    )


async def test_a_database_that_is_down_is_told_and_nothing_more() -> None:
    database = FakeDatabase()
    database.is_down = True
    assert (await checking(House(BTC_USDT), database)())[1] == DependencyHealth(
        "database", State.DOWN, "made to fail; conversions go on without"
    )


async def test_a_database_that_is_still_being_opened_is_not_called_down() -> None:
    database = FakeDatabase()
    database.is_opening = True
    assert (await checking(House(BTC_USDT), database)())[1] == DependencyHealth("database", State.UNKNOWN)


async def test_the_cache_and_the_database_are_asked_at_once() -> None:
    both_are_asked = asyncio.Barrier(2)

    class WaitingCache(FakeMarketCache):
        async def check(self) -> None:
            await both_are_asked.wait()

    class WaitingDatabase(FakeDatabase):
        async def check(self, question: Question | None = None) -> bool:
            await both_are_asked.wait()
            return await super().check(question)

    house = House(BTC_USDT)
    house.cache = WaitingCache()
    async with asyncio.timeout(5):
        assert [each.state for each in (await checking(house, WaitingDatabase())())[:2]] == [State.UP, State.UP]


async def test_however_many_ask_within_half_a_second_the_cache_is_asked_once() -> None:
    class CountingCache(FakeMarketCache):
        asked = 0

        async def check(self) -> None:
            self.asked += 1
            await asyncio.sleep(0)
            await super().check()

    house = House(BTC_USDT)
    cache = house.cache = CountingCache()
    check = checking(house)
    await asyncio.gather(*(check() for _ in range(100)))
    assert cache.asked == 1
    cache.is_down = True
    assert (await check())[0].state is State.UP
    house.clock.advance(0.5)
    assert (await check())[0].state is State.DOWN
