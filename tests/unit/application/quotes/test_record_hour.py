"""One quote a pair and hour."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from structlog.testing import CapturingLogger

from application.jobs.ports.job_meter import JobOutcome
from application.quotes import hourly_job, record_hour
from application.quotes.record_hour import Recording
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import QuoteUnavailable, SourceUnavailable
from domain.quotes.quote import Quote
from domain.rates.errors import FailureReason
from tests.unit.application.market_data.waiting import settled
from tests.unit.application.quotes.harness import BTC_USD, ETH_USDT, HOUR, LONGEST_SECONDS, RecordingHouse
from tests.unit.fakes.database import FakeDatabase, FakeRepositories

UNKNOWN = Pair.parse("XYZ/USD")


async def test_an_hour_is_recorded_once_however_often_it_is_asked_for() -> None:
    harness = RecordingHouse()
    record = harness.hour()
    assert await record(BTC_USD, HOUR) is Recording.RECORDED
    assert await record(BTC_USD, HOUR) is Recording.THERE_ALREADY
    assert [(str(row.quote.pair), row.hour, row.recorded_at) for row in harness.rows] == [("BTC/USD", HOUR, HOUR + 600)]
    assert harness.first.asked == [("BTC/USD", True)]
    assert harness.meter.moments == {"BTC/USD": HOUR + 600}


async def test_of_many_workers_one_asks_the_source() -> None:
    harness = RecordingHouse()
    harness.first.hold()
    working = [asyncio.create_task(harness.hour()(BTC_USD, HOUR)) for _ in range(3)]
    await settled()
    harness.first.release()
    assert sorted(await asyncio.gather(*working)) == [Recording.RECORDED, Recording.UNDER_WAY, Recording.UNDER_WAY]
    assert len(harness.first.asked) == len(harness.rows) == 1


async def test_what_another_recorded_just_before_the_claim_is_seen() -> None:
    class JustAfterAnother(FakeDatabase):
        @asynccontextmanager
        async def writing(self) -> AsyncIterator[FakeRepositories]:
            async with super().writing() as work:
                await work.quotes.add_for_hour(Quote(BTC_USD, Decimal(1), "first", HOUR), HOUR, HOUR)
                yield work

    harness = RecordingHouse()
    harness.database = JustAfterAnother()
    assert await harness.hour()(BTC_USD, HOUR) is Recording.THERE_ALREADY
    assert harness.first.asked == []


async def test_an_hour_that_is_over_stays_empty() -> None:
    harness = RecordingHouse()
    assert await harness.hour()(BTC_USD, HOUR - 3600) is Recording.TOO_LATE
    assert await harness.hour()(BTC_USD, HOUR + 3600) is Recording.TOO_LATE
    assert (harness.rows, harness.first.asked) == ([], [])


async def test_an_answer_that_comes_in_the_next_hour_is_no_quote_of_this_one() -> None:
    harness = RecordingHouse()
    harness.first.hold()
    working = asyncio.create_task(harness.hour()(BTC_USD, HOUR))
    await settled()
    harness.clock.time = HOUR + 3600
    harness.first.release()
    assert await working is Recording.TOO_LATE
    assert harness.rows == []


async def test_one_who_was_killed_keeps_the_hour_for_as_long_as_its_claim_lasts() -> None:
    harness = RecordingHouse()
    harness.first.hold()
    killed = asyncio.create_task(harness.hour()(BTC_USD, HOUR))
    await settled()
    assert await harness.hour()(BTC_USD, HOUR) is Recording.UNDER_WAY
    harness.clock.advance(LONGEST_SECONDS)
    harness.first.release()
    assert await harness.hour()(BTC_USD, HOUR) is Recording.RECORDED
    assert await killed is Recording.THERE_ALREADY
    assert len(harness.rows) == 1


async def test_a_pair_without_a_source_is_skipped_with_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(record_hour, "log", log)
    harness = RecordingHouse()
    record = harness.hour()
    for _ in range(3):
        assert await record(UNKNOWN, HOUR) is Recording.NOT_QUOTED
    assert [(call.method_name, call.args) for call in log.calls] == [("warning", ("quote_skipped",))]
    assert harness.rows == []


async def test_after_a_failure_the_hour_can_be_had_still() -> None:
    harness = RecordingHouse()
    record = harness.hour()
    harness.first.is_down = True
    with pytest.raises(QuoteUnavailable):
        await record(BTC_USD, HOUR)
    harness.first.is_down = False
    assert await record(BTC_USD, HOUR) is Recording.RECORDED


async def test_without_the_database_no_source_is_asked() -> None:
    harness = RecordingHouse()
    harness.database.is_down = True
    with pytest.raises(DatabaseUnavailable):
        await harness.hour()(BTC_USD, HOUR)
    assert harness.first.asked == []


async def test_a_job_counts_how_it_ended() -> None:
    harness = RecordingHouse()
    job = harness.job()
    assert await job(BTC_USD, HOUR) is JobOutcome.DONE
    assert await job(BTC_USD, HOUR) is JobOutcome.NOT_NEEDED
    assert await job(UNKNOWN, HOUR) is JobOutcome.NOT_NEEDED
    harness.second.is_down = True
    assert await job(ETH_USDT, HOUR) is JobOutcome.FAILED
    assert harness.meter.runs == {
        ("record_hour", JobOutcome.DONE): 1,
        ("record_hour", JobOutcome.NOT_NEEDED): 2,
        ("record_hour", JobOutcome.FAILED): 1,
    }
    assert len(harness.meter.seconds) == 4
    assert min(harness.meter.seconds) >= 0


async def test_a_job_that_takes_too_long_is_broken_off_and_leaves_the_hour_to_the_next() -> None:
    harness = RecordingHouse()
    harness.first.hold()
    assert await harness.job(longest_seconds=0.01)(BTC_USD, HOUR) is JobOutcome.FAILED
    harness.first.release()
    assert await harness.job()(BTC_USD, HOUR) is JobOutcome.DONE


@pytest.mark.parametrize("reason", [FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.CIRCUIT_OPEN])
async def test_a_job_whose_source_could_not_be_reached_has_it_once_it_can_be(
    reason: FailureReason, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hourly_job, "FIRST_PAUSE_SECONDS", 0.001)
    harness = RecordingHouse()
    harness.first.failures.extend([SourceUnavailable("first", reason, "made to fail")] * 3)
    assert await harness.job()(BTC_USD, HOUR) is JobOutcome.DONE
    assert len(harness.first.asked) == 4
    assert harness.meter.runs == {("record_hour", JobOutcome.DONE): 1}


async def test_a_job_does_not_press_a_source_that_answers_with_an_error() -> None:
    harness = RecordingHouse()
    harness.first.is_down = True
    assert await harness.job()(BTC_USD, HOUR) is JobOutcome.FAILED
    assert len(harness.first.asked) == 1


async def test_a_job_whose_database_comes_up_meanwhile_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hourly_job, "FIRST_PAUSE_SECONDS", 0.001)
    harness = RecordingHouse()
    harness.database.is_down = True
    working = asyncio.create_task(harness.job()(BTC_USD, HOUR))
    await asyncio.sleep(0.01)
    assert not working.done()
    harness.database.is_down = False
    assert await working is JobOutcome.DONE


async def test_a_job_gives_a_database_up_that_stays_away() -> None:
    harness = RecordingHouse()
    harness.database.is_down = True
    assert await harness.job(longest_seconds=0.05)(BTC_USD, HOUR) is JobOutcome.FAILED
    assert harness.meter.runs == {("record_hour", JobOutcome.FAILED): 1}
    assert 0.05 <= harness.meter.seconds[0] < 5


async def test_a_job_that_waits_ends_with_its_process() -> None:
    harness = RecordingHouse()
    harness.database.is_down = True
    job = harness.job(longest_seconds=3600)
    working = asyncio.create_task(job(BTC_USD, HOUR))
    await settled()
    assert not working.done()
    job.end()
    async with asyncio.timeout(5):
        assert await working is JobOutcome.FAILED


async def test_a_job_outlasts_the_claim_of_one_who_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hourly_job, "FIRST_PAUSE_SECONDS", 0.001)
    harness = RecordingHouse()
    async with harness.database.writing() as work:
        await work.leases.take(f"record:BTC/USD:{HOUR}", "killed", harness.clock.now(), harness.clock.now() + 20)
    working = asyncio.create_task(harness.job()(BTC_USD, HOUR))
    await settled()
    assert not working.done()
    harness.clock.advance(20)
    assert await working is JobOutcome.DONE


async def test_what_another_has_under_way_for_longer_than_a_job_lasts_is_left_to_it() -> None:
    harness = RecordingHouse()
    async with harness.database.writing() as work:
        await work.leases.take(f"record:BTC/USD:{HOUR}", "another", harness.clock.now(), harness.clock.now() + 20)
    assert await harness.job(longest_seconds=0.02)(BTC_USD, HOUR) is JobOutcome.NOT_NEEDED
    assert harness.first.asked == []
