"""How fresh the recorded quotes of the tracked pairs are."""

from collections.abc import Mapping
from decimal import Decimal

from application.health.database_probe import DatabaseProbe
from application.quotes.check_quotes import CheckQuotes, QuoteHealth, QuoteState
from application.quotes.newest_quotes import newest_quotes_of
from domain.pair import Pair
from domain.quotes.quote import Quote
from tests.unit.application.quotes.recorded import BTC_USD, ETH_USDT, HOUR, UNKNOWN, recorded
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase


def checking(
    database: FakeDatabase, *tracked: Pair, at: float = HOUR, lacks: Mapping[Pair, str] | None = None
) -> CheckQuotes:
    clock = FakeClock(at)
    probe = DatabaseProbe(database, newest_quotes_of(tracked), clock)
    return CheckQuotes(newest=probe.answer, tracked=tracked, lacks=lacks or {}, clock=clock)


async def test_pairs_are_fresh_stale_or_missing_and_say_what_they_lack() -> None:
    database = await recorded((BTC_USD, HOUR, "1"), (ETH_USDT, HOUR + 1, "2"))
    check = checking(database, BTC_USD, ETH_USDT, UNKNOWN, at=HOUR + 7201, lacks={UNKNOWN: "a key is needed"})
    assert await check() == [
        QuoteHealth(BTC_USD, QuoteState.STALE, 7201, "nothing has been recorded for over 2 hours"),
        QuoteHealth(ETH_USDT, QuoteState.FRESH, 7200),
        QuoteHealth(UNKNOWN, QuoteState.MISSING, None, "a key is needed"),
    ]


async def test_fridays_rate_recorded_just_now_is_fresh() -> None:
    database = FakeDatabase()
    async with database.writing() as work:
        await work.quotes.add(Quote(BTC_USD, Decimal(1), "alphavantage", HOUR - 100_000), HOUR)
    check = checking(database, BTC_USD, at=HOUR + 60)
    assert await check() == [QuoteHealth(BTC_USD, QuoteState.FRESH, 100_060)]


async def test_a_pair_that_was_never_recorded_is_missing() -> None:
    check = checking(FakeDatabase(), BTC_USD)
    assert await check() == [QuoteHealth(BTC_USD, QuoteState.MISSING, None, "nothing has been recorded yet")]


async def test_without_the_database_every_pair_is_unknown() -> None:
    database = FakeDatabase()
    database.is_down = True
    check = checking(database, BTC_USD)
    assert await check() == [QuoteHealth(BTC_USD, QuoteState.UNKNOWN)]


async def test_without_tracked_pairs_the_database_is_not_asked() -> None:
    database = FakeDatabase()
    database.is_down = True
    assert await checking(database)() == []
