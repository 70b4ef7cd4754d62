"""Readiness asks the database one question at a time, for all callers and all tracked pairs."""

import asyncio
from decimal import Decimal

from application.health.check_health import CheckHealth, State
from application.health.database_probe import PROBE_TTL_SECONDS, DatabaseProbe
from application.health.write_probe import WriteProbe
from application.quotes.check_quotes import CheckQuotes, QuoteState
from application.quotes.newest_quotes import newest_quotes_of
from domain.pair import Pair
from domain.quotes.quote import Quote
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase, Question

TRACKED = [Pair.parse(f"A{number}/USD") for number in range(50)]


class CountingDatabase(FakeDatabase):
    """Counts the questions and yields during each, so that other callers arrive meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def check(self, question: Question | None = None) -> bool:
        self.asked += 1
        await asyncio.sleep(0)
        return await super().check(question)


async def test_database_and_quotes_share_one_question_in_half_a_second_for_any_number_of_callers() -> None:
    harness, database = ConversionHarness({}), CountingDatabase()
    async with database.writing() as work:
        await work.quotes.add(Quote(TRACKED[7], Decimal(1), "alphavantage", int(harness.clock.now())), 0)
    look = DatabaseProbe(database, newest_quotes_of(TRACKED), harness.clock)
    check_health = CheckHealth(
        markets=harness.markets,
        cache=harness.cache,
        cache_name="redis",
        database_probe=look,
        write_probe=WriteProbe(database, harness.clock),
        clock=harness.clock,
    )
    check_quotes = CheckQuotes(newest=look.answer, tracked=TRACKED, lacks={}, clock=harness.clock)
    dependencies = await asyncio.gather(*(check_health() for _ in range(50)))
    quotes = await asyncio.gather(*(check_quotes() for _ in range(50)))
    assert database.asked == 1
    assert {each[1].state for each in dependencies} == {State.UP}
    assert [each.pair for each in quotes[-1] if each.state is not QuoteState.MISSING] == [TRACKED[7]]
    harness.clock.advance(PROBE_TTL_SECONDS)
    await asyncio.gather(check_health(), check_quotes())
    assert database.asked == 2


async def test_a_failure_is_cached_as_well_and_so_is_the_recovery() -> None:
    database, clock = CountingDatabase(), FakeClock()
    look = DatabaseProbe(database, newest_quotes_of(TRACKED), clock)
    database.is_down = True
    assert [(await look()).failure for _ in range(2)] == ["made to fail"] * 2
    database.is_down = False
    assert (await look()).answer is None
    assert database.asked == 1
    clock.advance(PROBE_TTL_SECONDS)
    assert ((await look()).answer, (await look()).failure) == ({}, None)
