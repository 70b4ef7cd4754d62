"""Publications are kept once, in the database, the cache and memory, whatever the bank sends."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile

import pytest

from application.jobs.ports.job_meter import JobOutcome
from application.jobs.runner import JobRunner
from application.rates.follow_reference_rates import LOOKS_PER_QUERY, FollowReferenceRates
from application.rates.jobs import HISTORY, PUBLICATION, keep_reference_history_job, keep_reference_rates_job
from application.rates.keep_reference_rates import HISTORY_EVERY_SECONDS, KeepReferenceRates
from application.rates.newest_reference_rates import NewestReferenceRates
from domain.rates.bank_days import is_bank_day, published_at
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.reference_rates import ReferenceRates
from tests.unit.domain.rates.publications import publication
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.job_meter import FakeJobMeter
from tests.unit.fakes.leases import Held
from tests.unit.fakes.reference_rates import FakeReferenceCache, FakeReferenceMeter, FakeReferenceSource

MONDAY, TUESDAY, WEDNESDAY = date(2023, 4, 17), date(2023, 4, 18), date(2023, 4, 19)
HOUR = 3600.0


def days_before(day: date, number: int) -> list[ReferenceRates]:
    """Return the bank's publications of so many days, the last of them of this day."""
    days = [day - timedelta(back) for back in range(number)]
    return [publication(each) for each in sorted(days) if is_bank_day(each)]


class Process:
    """One of several processes around one bank, database and cache."""

    def __init__(self, beside: "Process | None" = None) -> None:
        self.clock: FakeClock = beside.clock if beside else FakeClock(published_at(TUESDAY) + 60)
        self.bank: FakeReferenceSource = beside.bank if beside else FakeReferenceSource(days_before(TUESDAY, 400))
        self.database: FakeDatabase = beside.database if beside else FakeDatabase()
        self.cache: FakeReferenceCache = beside.cache if beside else FakeReferenceCache()
        self.meter = FakeReferenceMeter()
        self.newest = NewestReferenceRates("ecb", self.meter)
        keep = KeepReferenceRates(
            source=self.bank,
            database=self.database,
            cache=self.cache,
            newest=self.newest,
            clock=self.clock,
            lease_seconds=20,
        )
        self.publication = keep_reference_rates_job(keep, self.clock)
        self.history = keep_reference_history_job(keep)
        self.follow = FollowReferenceRates(
            newest=self.newest, cache=self.cache, database=self.database, clock=self.clock
        )

    async def run(self, name: str = PUBLICATION, timeout_seconds: float = 5.0) -> JobOutcome:
        job = self.publication if name == PUBLICATION else self.history
        (arguments,) = job.arguments_due(self.clock.now())
        return await JobRunner([job], FakeJobMeter(), timeout_seconds).run(name, arguments)

    @property
    def kept_days(self) -> list[date]:
        return sorted(day for _, day in self.database.rows.reference_rates)

    @property
    def known_day(self) -> date | None:
        return None if self.newest.rates is None else self.newest.rates.day


@pytest.fixture
def process() -> Process:
    return Process()


async def test_a_publication_is_kept_in_the_database_the_cache_and_memory(process: Process) -> None:
    assert await process.run() is JobOutcome.DONE
    assert process.kept_days == [TUESDAY]
    assert process.newest.rates == process.cache.rates == publication(TUESDAY)
    assert process.meter.known == [publication(TUESDAY)]


async def test_the_bank_is_asked_once_for_all_processes(process: Process) -> None:
    await process.run()
    other = Process(beside=process)
    assert await other.run() is JobOutcome.NOT_NEEDED
    assert await process.run() is JobOutcome.NOT_NEEDED
    assert process.bank.calls == ["newest"]
    assert other.known_day == TUESDAY


async def test_while_another_process_asks_the_bank_nobody_else_does(process: Process) -> None:
    now = process.clock.now()
    process.database.rows.leases["reference:publication"] = Held("somebody", now, now + 20)
    assert await process.run(timeout_seconds=0.1) is JobOutcome.NOT_NEEDED
    assert process.bank.calls == []


async def test_a_new_publication_follows_at_once(process: Process) -> None:
    await process.run()
    process.clock.time = published_at(WEDNESDAY)
    process.bank.days.append(publication(WEDNESDAY, USD="1.1"))
    assert await process.run() is JobOutcome.DONE
    assert (process.kept_days, process.known_day) == ([TUESDAY, WEDNESDAY], WEDNESDAY)
    assert process.cache.rates == publication(WEDNESDAY, USD="1.1")


async def test_a_late_publication_is_no_failure_for_an_hour_and_then_is_one(process: Process) -> None:
    await process.run()
    process.clock.time = published_at(WEDNESDAY) + HOUR - 1
    assert await process.run() is JobOutcome.NOT_NEEDED
    process.clock.time += 1
    assert await process.run() is JobOutcome.FAILED
    assert process.known_day == TUESDAY


@pytest.mark.parametrize(
    "wrong", [publication(WEDNESDAY, USD="10.9"), publication(WEDNESDAY, USD=None, JPY=None, GBP=None)]
)
async def test_an_implausible_publication_is_a_failure_and_the_last_one_stays(
    process: Process, wrong: ReferenceRates
) -> None:
    await process.run()
    process.clock.time = published_at(WEDNESDAY)
    process.bank.days.append(wrong)
    assert await process.run() is JobOutcome.FAILED
    assert (process.kept_days, process.known_day) == ([TUESDAY], TUESDAY)
    process.bank.days[-1] = publication(WEDNESDAY)
    assert await process.run() is JobOutcome.DONE


async def test_an_older_file_from_a_cache_in_between_changes_nothing(process: Process) -> None:
    await process.run()
    process.clock.time = published_at(WEDNESDAY)
    process.bank.days = days_before(MONDAY, 5)
    assert await process.run() is JobOutcome.NOT_NEEDED
    assert (process.kept_days, process.known_day) == ([TUESDAY], TUESDAY)


async def test_a_bank_that_cannot_be_asked_is_a_failure_and_the_last_rates_stay(process: Process) -> None:
    await process.run()
    process.clock.time = published_at(WEDNESDAY)
    process.bank.failure = ExchangeUnavailable("ecb", FailureReason.TIMEOUT, "no answer in time")
    assert await process.run() is JobOutcome.FAILED
    assert process.known_day == TUESDAY


async def test_without_a_cache_everything_is_kept_all_the_same(process: Process) -> None:
    process.cache.is_down = True
    assert await process.run() is JobOutcome.DONE
    assert (process.kept_days, process.known_day) == ([TUESDAY], TUESDAY)


async def test_a_cache_that_lost_the_rates_gets_them_again_and_is_written_no_more_than_that(process: Process) -> None:
    await process.run()
    process.cache.rates = None
    await process.run()
    await process.run()
    assert await process.cache.read() == publication(TUESDAY)
    assert process.cache.writes == 2


async def test_at_first_the_whole_history_is_kept(process: Process) -> None:
    assert await process.run(HISTORY) is JobOutcome.DONE
    assert process.bank.calls == ["history"]
    assert process.kept_days == [each.day for each in process.bank.days]
    assert await process.run(HISTORY) is JobOutcome.NOT_NEEDED
    assert await Process(beside=process).run(HISTORY) is JobOutcome.NOT_NEEDED
    assert process.bank.calls == ["history"]


async def test_the_history_comes_even_if_a_publication_was_kept_first(process: Process) -> None:
    await process.run()
    await process.run(HISTORY)
    assert process.kept_days == [each.day for each in process.bank.days]


@pytest.mark.parametrize(("pause_days", "call"), [(30, "recent"), (70, "recent"), (100, "history")])
async def test_what_was_missed_during_a_pause_is_kept_later(process: Process, pause_days: int, call: str) -> None:
    await process.run(HISTORY)
    later = TUESDAY + timedelta(pause_days)
    process.bank.days = days_before(later, 400 + pause_days)
    process.clock.time = datetime(later.year, later.month, later.day, 20, tzinfo=UTC).timestamp()
    other = Process(beside=process)
    await other.run()
    assert await other.run(HISTORY) is JobOutcome.DONE
    assert process.bank.calls[1:] == ["newest", call]
    assert process.kept_days == [each.day for each in process.bank.days]


@pytest.mark.parametrize("weekday", range(7))
async def test_a_history_that_breaks_off_anywhere_is_whole_after_the_next_run(process: Process, weekday: int) -> None:
    whole = process.bank.days
    process.clock.advance(weekday * 86400)
    process.bank.days = whole[:150]
    process.bank.breaks_off = True
    assert await process.run(HISTORY) is JobOutcome.FAILED
    assert process.kept_days == [each.day for each in whole[:100]]
    process.bank.days, process.bank.breaks_off = whole, False
    assert await process.run(HISTORY) is JobOutcome.DONE
    assert process.kept_days == [each.day for each in whole]


async def test_a_history_that_the_bank_itself_lacks_is_not_fetched_again_for_hours(process: Process) -> None:
    process.bank.days = days_before(TUESDAY, 20)
    assert await process.run(HISTORY) is JobOutcome.DONE
    process.clock.advance(HISTORY_EVERY_SECONDS - 1)
    assert await process.run(HISTORY) is JobOutcome.NOT_NEEDED
    assert process.bank.calls == ["history"]
    process.clock.advance(1)
    assert await process.run(HISTORY) is JobOutcome.DONE


async def test_a_history_that_could_not_be_fetched_is_fetched_an_hour_later(process: Process) -> None:
    process.bank.failure = ExchangeUnavailable("ecb", FailureReason.NETWORK, "no connection")
    assert await process.run(HISTORY) is JobOutcome.FAILED
    process.bank.failure = None
    assert await process.run(HISTORY) is JobOutcome.DONE


def test_the_publication_is_due_with_growing_pauses(process: Process) -> None:
    minutes = sorted(process.publication.minutes)
    pauses = [later - earlier for earlier, later in pairwise(minutes)]
    assert pauses == sorted(pauses)
    assert minutes[:3] == [0, 1, 2]
    assert process.publication.arguments_due(published_at(TUESDAY) - 1) == [{"day": "2023-04-17"}]
    assert process.publication.arguments_due(published_at(TUESDAY)) == [{"day": "2023-04-18"}]


async def test_other_processes_follow_through_the_cache(process: Process) -> None:
    await process.run()
    other = Process(beside=process)
    process.database.is_down = True
    await other.follow.look()
    assert other.known_day == TUESDAY


async def test_other_processes_follow_through_the_database_where_the_cache_has_nothing(process: Process) -> None:
    await process.run()
    process.cache.is_down = True
    other = Process(beside=process)
    await other.follow.look()
    assert other.known_day == TUESDAY


async def test_nothing_is_read_while_no_newer_rates_are_due(process: Process) -> None:
    await process.run()
    process.cache.rates = publication(TUESDAY, USD="1.2")
    await process.follow.look()
    assert process.newest.rates == publication(TUESDAY)


async def test_while_newer_rates_are_due_the_database_is_asked_once_a_minute(process: Process) -> None:
    await process.run()
    other = Process(beside=process)
    await other.follow.look()
    process.cache.is_down = True
    process.clock.time = published_at(WEDNESDAY)
    process.database.rows.reference_rates["ecb", WEDNESDAY] = publication(WEDNESDAY)
    looks = 0
    while other.known_day == TUESDAY:
        await other.follow.look()
        looks += 1
        assert looks <= LOOKS_PER_QUERY + 1
    assert looks > 1
    assert list(takewhile(lambda day: day != WEDNESDAY, other.kept_days)) == [TUESDAY]


async def test_rates_from_the_future_are_not_believed_whoever_put_them_into_the_cache(process: Process) -> None:
    await process.run()
    process.clock.time = published_at(WEDNESDAY)
    process.cache.rates = publication(date(2030, 1, 2))
    await process.follow.look()
    assert process.known_day == TUESDAY


async def test_a_database_that_is_down_changes_nothing(process: Process) -> None:
    process.database.is_down = True
    await process.follow.look()
    assert process.known_day is None
    assert await process.run(timeout_seconds=0.1) is JobOutcome.FAILED


async def test_the_last_failure_of_the_bank_is_known_until_it_answers(process: Process) -> None:
    process.bank.failure = ExchangeUnavailable("ecb", FailureReason.NETWORK, "no connection", is_transient=False)
    await process.run()
    assert process.newest.last_failure == process.bank.failure
    process.bank.failure = None
    await process.run()
    assert process.newest.last_failure is None


async def test_waiting_for_the_first_rates_ends_with_them_or_with_the_time(process: Process) -> None:
    await process.newest.wait_for_first(0.01)
    async with asyncio.timeout(5):
        waiting = asyncio.create_task(process.newest.wait_for_first(60))
        await process.run()
        await waiting
