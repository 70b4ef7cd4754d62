"""The job that records an hour: what it is about, how it ends, and what it retries."""

import asyncio

import pytest

from application.jobs import runner
from application.jobs.ports.job_meter import JobOutcome
from application.quotes.jobs import record_hour_job
from domain.pair import Pair
from domain.quotes.errors import SourceUnavailable
from domain.rates.errors import FailureReason
from tests.unit.application.market_data.waiting import settled
from tests.unit.application.quotes.harness import BTC_USD, ETH_USDT, HOUR, RecordingHarness

UNKNOWN = Pair.parse("XYZ/USD")


def test_every_tracked_pair_is_due_on_the_hour_and_again_while_it_lasts() -> None:
    job = record_hour_job(RecordingHarness().hour(), [BTC_USD, ETH_USDT])
    assert (job.name, sorted(job.minutes)) == ("record_hour", [0, 1, 2, 5, 10, 20, 30, 40, 50])
    for now in (HOUR, HOUR + 3599.9):
        assert job.arguments_due(now) == [{"pair": "BTC/USD", "hour": HOUR}, {"pair": "ETH/USDT", "hour": HOUR}]


async def test_a_job_counts_how_it_ended() -> None:
    harness = RecordingHarness()
    assert await harness.run_job(BTC_USD) is JobOutcome.DONE
    assert await harness.run_job(BTC_USD) is JobOutcome.NOT_NEEDED
    assert await harness.run_job(UNKNOWN) is JobOutcome.NOT_NEEDED
    harness.second.is_down = True
    assert await harness.run_job(ETH_USDT) is JobOutcome.FAILED
    assert harness.job_meter.runs == {
        ("record_hour", JobOutcome.DONE): 1,
        ("record_hour", JobOutcome.NOT_NEEDED): 2,
        ("record_hour", JobOutcome.FAILED): 1,
    }
    assert len(harness.job_meter.seconds) == 4
    assert min(harness.job_meter.seconds) >= 0


async def test_a_job_that_takes_too_long_is_cancelled_and_leaves_the_hour_to_the_next() -> None:
    harness = RecordingHarness()
    harness.first.hold()
    assert await harness.run_job(BTC_USD, timeout_seconds=0.01) is JobOutcome.FAILED
    harness.first.release()
    assert await harness.run_job(BTC_USD) is JobOutcome.DONE


@pytest.mark.parametrize("reason", [FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.CIRCUIT_OPEN])
async def test_a_job_retries_until_its_source_can_be_reached(
    reason: FailureReason, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "FIRST_PAUSE_SECONDS", 0.001)
    harness = RecordingHarness()
    harness.first.failures.extend([SourceUnavailable("first", reason, "made to fail")] * 3)
    assert await harness.run_job(BTC_USD) is JobOutcome.DONE
    assert len(harness.first.asked) == 4
    assert harness.job_meter.runs == {("record_hour", JobOutcome.DONE): 1}


@pytest.mark.parametrize(("pause_seconds", "outcome"), [(10.0, JobOutcome.DONE), (10.5, JobOutcome.FAILED)])
async def test_a_job_retries_a_source_that_asks_for_a_short_pause_only(
    pause_seconds: float, outcome: JobOutcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "FIRST_PAUSE_SECONDS", 0.001)
    harness = RecordingHarness()
    harness.first.failures.append(SourceUnavailable("first", FailureReason.STALE, "made to fail", pause_seconds))
    assert await harness.run_job(BTC_USD) is outcome


async def test_a_job_does_not_retry_a_source_that_answers_with_an_error() -> None:
    harness = RecordingHarness()
    harness.first.is_down = True
    assert await harness.run_job(BTC_USD) is JobOutcome.FAILED
    assert len(harness.first.asked) == 1


async def test_a_job_retries_until_its_database_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "FIRST_PAUSE_SECONDS", 0.001)
    harness = RecordingHarness()
    harness.database.is_down = True
    working = asyncio.create_task(harness.run_job(BTC_USD))
    await asyncio.sleep(0.01)
    assert not working.done()
    harness.database.is_down = False
    assert await working is JobOutcome.DONE


async def test_a_job_gives_up_on_a_database_that_stays_down() -> None:
    harness = RecordingHarness()
    harness.database.is_down = True
    assert await harness.run_job(BTC_USD, timeout_seconds=0.05) is JobOutcome.FAILED
    assert harness.job_meter.runs == {("record_hour", JobOutcome.FAILED): 1}
    assert 0.05 <= harness.job_meter.seconds[0] < 5


async def test_a_job_outlasts_the_lease_of_a_killed_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "FIRST_PAUSE_SECONDS", 0.001)
    harness = RecordingHarness()
    async with harness.database.writing() as work:
        await work.leases.acquire(f"record:BTC/USD:{HOUR}", "killed", harness.clock.now(), harness.clock.now() + 20)
    working = asyncio.create_task(harness.run_job(BTC_USD))
    await settled()
    assert not working.done()
    harness.clock.advance(20)
    assert await working is JobOutcome.DONE


async def test_an_hour_leased_for_longer_than_a_job_lasts_is_left_alone() -> None:
    harness = RecordingHarness()
    async with harness.database.writing() as work:
        await work.leases.acquire(f"record:BTC/USD:{HOUR}", "another", harness.clock.now(), harness.clock.now() + 20)
    assert await harness.run_job(BTC_USD, timeout_seconds=0.02) is JobOutcome.NOT_NEEDED
    assert harness.first.asked == []


async def test_arguments_that_name_no_pair_fail_the_job_and_nothing_else() -> None:
    harness = RecordingHarness()
    outcome = await harness.runner().run("record_hour", {"pair": "no pair", "hour": HOUR})
    assert (outcome, harness.rows) == (JobOutcome.FAILED, [])
