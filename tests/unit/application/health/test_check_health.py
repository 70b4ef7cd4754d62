"""The state of everything that conversions depend on, without asking an exchange."""

import asyncio
from dataclasses import replace

from application.health.check_health import CheckHealth, DependencyHealth, State
from application.health.database_probe import DatabaseProbe
from application.health.write_probe import WRITE_PROBE_TTL_SECONDS, WriteProbe
from application.market_data.circuit_breaker import BreakerState
from application.quotes.newest_quotes import newest_quotes_of
from application.rates.newest_reference_rates import NONE_YET, NewestReferenceRates
from domain.rates.errors import FailureReason
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.database import FakeDatabase, Question
from tests.unit.fakes.exchange import failure
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.reference_rates import FakeReferenceMeter

BTC_USDT = {"BTC/USDT": ("1", "1")}


def checking(
    harness: ConversionHarness, database: FakeDatabase | None = None, reference: NewestReferenceRates | None = None
) -> CheckHealth:
    database = database or FakeDatabase()
    return CheckHealth(
        markets=harness.markets,
        cache=harness.cache,
        cache_name="redis",
        database_probe=DatabaseProbe(database, newest_quotes_of([]), harness.clock),
        write_probe=WriteProbe(database, harness.clock),
        clock=harness.clock,
        reference=reference,
    )


async def test_the_last_failure_of_a_bank_is_shown_while_none_of_its_rates_are_here() -> None:
    newest = NewestReferenceRates("ecb", FakeReferenceMeter())
    check = checking(ConversionHarness(), reference=newest)
    assert (await check())[-1] == DependencyHealth("ecb", State.UNKNOWN, NONE_YET)
    newest.last_failure = failure("ecb", FailureReason.NETWORK)
    assert (await check())[-1] == DependencyHealth("ecb", State.UNKNOWN, "network: made to fail")


async def test_before_the_first_fetch_exchanges_are_unknown_and_not_asked() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    assert await checking(harness)() == [
        DependencyHealth("redis", State.UP),
        DependencyHealth("database", State.UP),
        DependencyHealth("binance", State.UNKNOWN, breaker=BreakerState.CLOSED),
        DependencyHealth("kucoin", State.UNKNOWN, breaker=BreakerState.CLOSED),
    ]
    assert harness.binance.calls + harness.kucoin.calls == 0


async def test_an_exchange_that_answered_is_up_with_the_age_of_its_data() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(12.3456)
    assert (await checking(harness)())[2] == DependencyHealth(
        "binance", State.UP, None, 12.346, 12.346, BreakerState.CLOSED
    )


async def test_an_age_is_never_negative() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(-5)
    assert (await checking(harness)())[2].books_age_seconds == 0


async def test_an_exchange_that_failed_is_down_with_its_reason_until_it_answers_again() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.fail_next(failure("binance", FailureReason.TIMEOUT, is_transient=False))
    await harness.unavailable("BTC", "USDT", "binance")
    assert (await checking(harness)())[2] == DependencyHealth(
        "binance", State.DOWN, "timeout: made to fail", breaker=BreakerState.CLOSED
    )
    await harness.convert("BTC", "USDT")
    assert (await checking(harness)())[2].state is State.UP


async def test_an_exchange_with_an_open_breaker_is_down_until_a_call_succeeds() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    for _ in range(5):
        await harness.unavailable("BTC", "USDT", "binance")
    down = DependencyHealth("binance", State.DOWN, "timeout: made to fail", breaker=BreakerState.OPEN)
    assert (await checking(harness)())[2] == down
    harness.clock.advance(5)
    assert (await checking(harness)())[2] == replace(down, breaker=BreakerState.HALF_OPEN)
    harness.binance.standing_failure = None
    await harness.convert("BTC", "USDT")
    health = (await checking(harness)())[2]
    assert (health.state, health.breaker) == (State.UP, BreakerState.CLOSED)


async def test_a_cache_that_is_down_is_reported_and_nothing_fails() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.cache.is_down = True
    assert (await checking(harness)())[0] == DependencyHealth(
        "redis", State.DOWN, "made to fail; conversions continue without it"
    )


async def test_a_database_that_is_down_is_reported_and_nothing_fails() -> None:
    database = FakeDatabase()
    database.is_down = True
    assert (await checking(ConversionHarness(BTC_USDT), database)())[1] == DependencyHealth(
        "database", State.DOWN, "made to fail; conversions continue without it"
    )


async def test_a_database_that_is_still_being_opened_is_unknown() -> None:
    database = FakeDatabase()
    database.is_opening = True
    assert (await checking(ConversionHarness(BTC_USDT), database)())[1] == DependencyHealth("database", State.UNKNOWN)


async def test_a_database_that_cannot_be_written_is_down_with_the_reason_until_it_can() -> None:
    harness, database = ConversionHarness(BTC_USDT), FakeDatabase()
    check = checking(harness, database)
    database.is_full = True
    full = DependencyHealth("database", State.DOWN, "cannot write: disk full; conversions continue without it")
    assert (await check())[1] == full
    database.is_full = False
    harness.clock.advance(WRITE_PROBE_TTL_SECONDS)
    assert (await check())[1] == DependencyHealth("database", State.UP)


async def test_writing_is_tried_twice_a_minute_at_most_however_many_ask() -> None:
    harness, database = ConversionHarness(BTC_USDT), FakeDatabase()
    check = checking(harness, database)
    for _ in range(60):
        await asyncio.gather(*(check() for _ in range(20)))
        harness.clock.advance(1)
    assert database.writes_checked == 2


async def test_writing_is_not_tried_while_the_database_cannot_even_be_read() -> None:
    harness, database = ConversionHarness(BTC_USDT), FakeDatabase()
    check = checking(harness, database)
    database.is_down = True
    assert (await check())[1] == DependencyHealth(
        "database", State.DOWN, "made to fail; conversions continue without it"
    )
    database.is_down, database.is_opening = False, True
    harness.clock.advance(1)
    assert (await check())[1] == DependencyHealth("database", State.UNKNOWN)
    assert database.writes_checked == 0


async def test_the_cache_and_the_database_are_probed_concurrently() -> None:
    both_are_asked = asyncio.Barrier(2)

    class WaitingCache(FakeMarketCache):
        async def check(self) -> None:
            await both_are_asked.wait()

    class WaitingDatabase(FakeDatabase):
        async def check(self, question: Question | None = None) -> bool:
            await both_are_asked.wait()
            return await super().check(question)

    harness = ConversionHarness(BTC_USDT)
    harness.cache = WaitingCache()
    async with asyncio.timeout(5):
        assert [each.state for each in (await checking(harness, WaitingDatabase())())[:2]] == [State.UP, State.UP]


async def test_the_cache_is_probed_once_in_half_a_second_for_any_number_of_callers() -> None:
    class CountingCache(FakeMarketCache):
        asked = 0

        async def check(self) -> None:
            self.asked += 1
            await asyncio.sleep(0)
            await super().check()

    harness = ConversionHarness(BTC_USDT)
    cache = harness.cache = CountingCache()
    check = checking(harness)
    await asyncio.gather(*(check() for _ in range(100)))
    assert cache.asked == 1
    cache.is_down = True
    assert (await check())[0].state is State.UP
    harness.clock.advance(0.5)
    assert (await check())[0].state is State.DOWN
