"""Quotes on request, often by many callers at once."""

import asyncio
from decimal import Decimal

import pytest

from application.quotes import record_on_request
from application.quotes.record_on_request import RECORDED_AT_PRECISION_SECONDS
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import QuoteUnavailable
from domain.quotes.quote import Quote
from tests.unit.application.market_data.waiting import settled
from tests.unit.application.quotes.harness import BTC_USD, ETH_USDT, HOUR, RecordingHarness

UNKNOWN = Pair.parse("XYZ/USD")


async def test_the_rate_of_the_source_is_recorded_and_returned() -> None:
    harness = RecordingHarness()
    recorded = await harness.on_request()(BTC_USD)
    assert harness.rows == [recorded]
    assert (str(recorded.quote.rate), recorded.quote.source, recorded.hour) == ("97000.12", "first", None)
    assert recorded.recorded_at == HOUR + 600
    assert harness.first.asked == [("BTC/USD", False)]


async def test_only_tracked_pairs_are_metered() -> None:
    harness = RecordingHarness()
    recorded = await harness.on_request()(BTC_USD)
    await harness.on_request()(ETH_USDT)
    assert harness.meter.moments == {"BTC/USD": recorded.quote.observed_at}


@pytest.mark.parametrize("processes", [1, 2])
async def test_fifty_concurrent_requests_make_one_call_and_one_row(processes: int) -> None:
    harness = RecordingHarness()
    harness.first.hold()
    ways = [harness.on_request() for _ in range(processes)]
    asking = [asyncio.create_task(ways[number % processes](BTC_USD)) for number in range(50)]
    await settled()
    harness.first.release()
    recorded = await asyncio.gather(*asking)
    assert len(harness.first.asked) == 1
    assert set(recorded) == set(harness.rows)
    assert len(harness.rows) == 1


async def test_a_request_within_a_second_shares_the_quote_and_a_later_one_adds_its_own() -> None:
    harness = RecordingHarness()
    record = harness.on_request()
    first = await record(BTC_USD)
    harness.clock.advance(RECORDED_AT_PRECISION_SECONDS)
    assert await record(BTC_USD) == first
    harness.clock.advance(1)
    assert await record(BTC_USD) != first
    assert len(harness.rows) == len(harness.first.asked) == 2


async def test_a_request_during_another_recording_shares_its_quote_however_late_that_is_seen() -> None:
    harness = RecordingHarness()
    async with harness.database.writing() as work:
        now = harness.clock.now()
        await work.leases.acquire("record:BTC/USD", "elsewhere", now, now + 15)
    waiting = asyncio.create_task(harness.on_request()(BTC_USD))
    await settled()
    async with harness.database.writing() as work:
        theirs = await work.quotes.add(Quote(BTC_USD, Decimal(1), "first", HOUR), int(harness.clock.now()))
    harness.clock.advance(RECORDED_AT_PRECISION_SECONDS + 5)
    assert await waiting == theirs
    assert harness.first.asked == []


async def test_a_quote_recorded_before_the_clock_was_set_back_is_not_shared() -> None:
    harness = RecordingHarness()
    record = harness.on_request()
    first = await record(BTC_USD)
    harness.clock.advance(-3600)
    assert await record(BTC_USD) != first
    assert len(harness.first.asked) == 2


async def test_another_pair_is_recorded_concurrently() -> None:
    harness = RecordingHarness()
    record = harness.on_request()
    harness.second.hold()
    waiting = asyncio.create_task(record(ETH_USDT))
    assert (await record(BTC_USD)).quote.source == "first"
    harness.second.release()
    assert (await waiting).quote.source == "second"


async def test_the_hours_own_quote_is_no_substitute() -> None:
    harness = RecordingHarness()
    await harness.hour()(BTC_USD, HOUR)
    await harness.on_request()(BTC_USD)
    assert [row.hour for row in harness.rows] == [HOUR, None]


async def test_a_failure_is_shared_and_leaves_nothing_behind() -> None:
    harness = RecordingHarness()
    record = harness.on_request()
    harness.first.is_down = True
    outcomes = await asyncio.gather(*(record(BTC_USD) for _ in range(20)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {QuoteUnavailable}
    assert len({id(outcome) for outcome in outcomes}) == 20  # else they would write over each other's traceback
    assert {str(outcome) for outcome in outcomes} == {str(outcomes[0])}
    assert len(harness.first.asked) == 1
    assert harness.rows == []
    harness.first.is_down = False
    assert (await record(BTC_USD)).id == 1


async def test_a_cancelled_request_cancels_no_other() -> None:
    harness = RecordingHarness()
    record = harness.on_request()
    harness.first.hold()
    leaving, staying = asyncio.create_task(record(BTC_USD)), asyncio.create_task(record(BTC_USD))
    await settled()
    leaving.cancel()
    await settled()
    harness.first.release()
    assert (await staying).id == 1


async def test_a_dead_process_with_the_lease_does_not_block_others_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record_on_request, "TIMEOUT_SECONDS", 0.2)
    harness = RecordingHarness()
    async with harness.database.writing() as work:
        await work.leases.acquire("record:BTC/USD", "killed", harness.clock.now(), harness.clock.now() + 3600)
    with pytest.raises(QuoteUnavailable, match="timeout"):
        await harness.on_request()(BTC_USD)


async def test_without_the_database_no_source_is_asked() -> None:
    harness = RecordingHarness()
    harness.database.is_down = True
    with pytest.raises(DatabaseUnavailable):
        await harness.on_request()(BTC_USD)
    assert harness.first.asked == []


async def test_recordings_in_flight_end_with_the_service() -> None:
    harness = RecordingHarness()
    record = harness.on_request()
    await record.close()
    harness.first.hold()
    asking = asyncio.create_task(record(BTC_USD))
    await settled()
    await record.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
