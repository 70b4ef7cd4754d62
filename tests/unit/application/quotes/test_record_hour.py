"""One quote a pair and hour."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from structlog.testing import CapturingLogger

from application.quotes import record_hour
from application.quotes.record_hour import Recording
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import QuoteUnavailable
from domain.quotes.quote import Quote
from tests.unit.application.market_data.waiting import settled
from tests.unit.application.quotes.harness import BTC_USD, HOUR, LEASE_SECONDS, RecordingHarness
from tests.unit.fakes.database import FakeDatabase, FakeRepositories

UNKNOWN = Pair.parse("XYZ/USD")


async def test_an_hour_is_recorded_once_however_often_it_is_requested() -> None:
    harness = RecordingHarness()
    record = harness.hour()
    assert await record(BTC_USD, HOUR) is Recording.RECORDED
    assert await record(BTC_USD, HOUR) is Recording.ALREADY_RECORDED
    assert [(str(row.quote.pair), row.hour, row.recorded_at) for row in harness.rows] == [("BTC/USD", HOUR, HOUR + 600)]
    assert harness.first.asked == [("BTC/USD", True)]
    assert harness.meter.moments == {"BTC/USD": HOUR + 600}


async def test_only_one_of_many_workers_asks_the_source() -> None:
    harness = RecordingHarness()
    harness.first.hold()
    working = [asyncio.create_task(harness.hour()(BTC_USD, HOUR)) for _ in range(3)]
    await settled()
    harness.first.release()
    assert sorted(await asyncio.gather(*working)) == [Recording.IN_PROGRESS, Recording.IN_PROGRESS, Recording.RECORDED]
    assert len(harness.first.asked) == len(harness.rows) == 1


async def test_a_quote_recorded_just_before_the_lease_is_seen() -> None:
    class JustAfterAnother(FakeDatabase):
        @asynccontextmanager
        async def writing(self) -> AsyncIterator[FakeRepositories]:
            async with super().writing() as work:
                await work.quotes.add_for_hour(Quote(BTC_USD, Decimal(1), "first", HOUR), HOUR, HOUR)
                yield work

    harness = RecordingHarness()
    harness.database = JustAfterAnother()
    assert await harness.hour()(BTC_USD, HOUR) is Recording.ALREADY_RECORDED
    assert harness.first.asked == []


async def test_a_past_hour_stays_empty() -> None:
    harness = RecordingHarness()
    assert await harness.hour()(BTC_USD, HOUR - 3600) is Recording.TOO_LATE
    assert await harness.hour()(BTC_USD, HOUR + 3600) is Recording.TOO_LATE
    assert (harness.rows, harness.first.asked) == ([], [])


async def test_an_answer_that_arrives_in_the_next_hour_is_not_recorded() -> None:
    harness = RecordingHarness()
    harness.first.hold()
    working = asyncio.create_task(harness.hour()(BTC_USD, HOUR))
    await settled()
    harness.clock.time = HOUR + 3600
    harness.first.release()
    assert await working is Recording.TOO_LATE
    assert harness.rows == []


async def test_a_killed_worker_keeps_the_hour_until_its_lease_expires() -> None:
    harness = RecordingHarness()
    harness.first.hold()
    killed = asyncio.create_task(harness.hour()(BTC_USD, HOUR))
    await settled()
    assert await harness.hour()(BTC_USD, HOUR) is Recording.IN_PROGRESS
    harness.clock.advance(LEASE_SECONDS)
    harness.first.release()
    assert await harness.hour()(BTC_USD, HOUR) is Recording.RECORDED
    assert await killed is Recording.ALREADY_RECORDED
    assert len(harness.rows) == 1


async def test_a_pair_without_a_source_is_skipped_with_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    log = CapturingLogger()
    monkeypatch.setattr(record_hour, "log", log)
    harness = RecordingHarness()
    record = harness.hour()
    for _ in range(3):
        assert await record(UNKNOWN, HOUR) is Recording.NOT_QUOTED
    assert [(call.method_name, call.args) for call in log.calls] == [("warning", ("quote_skipped",))]
    assert harness.rows == []


async def test_after_a_failure_the_hour_can_still_be_recorded() -> None:
    harness = RecordingHarness()
    record = harness.hour()
    harness.first.is_down = True
    with pytest.raises(QuoteUnavailable):
        await record(BTC_USD, HOUR)
    harness.first.is_down = False
    assert await record(BTC_USD, HOUR) is Recording.RECORDED


async def test_without_the_database_no_source_is_asked() -> None:
    harness = RecordingHarness()
    harness.database.is_down = True
    with pytest.raises(DatabaseUnavailable):
        await harness.hour()(BTC_USD, HOUR)
    assert harness.first.asked == []
