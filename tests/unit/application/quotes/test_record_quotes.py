"""Recording one pair, or every tracked pair that can be recorded."""

import pytest

from application.quotes.record_quotes import RecordQuotes
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, QuoteUnavailable
from tests.unit.application.quotes.harness import BTC_USD, ETH_USDT, RecordingHarness

UNKNOWN = Pair.parse("XYZ/USD")


async def test_of_the_tracked_pairs_each_that_can_be_is_recorded() -> None:
    harness = RecordingHarness()
    recorded = await RecordQuotes(harness.on_request(), [BTC_USD, UNKNOWN, ETH_USDT])(None)
    assert [str(each.quote.pair) for each in recorded.quotes] == ["BTC/USD", "ETH/USDT"]
    assert recorded.skipped == {"XYZ/USD": "XYZ/USD is not quoted"}


async def test_of_one_pair_only_that_is_recorded() -> None:
    harness = RecordingHarness()
    recorded = await RecordQuotes(harness.on_request(), [BTC_USD])(ETH_USDT)
    assert (recorded.quotes, recorded.skipped) == (harness.rows, {})
    assert len(harness.rows) == 1


async def test_when_none_can_be_recorded_the_failure_that_may_pass_is_raised() -> None:
    harness = RecordingHarness()
    with pytest.raises(NotQuoted):
        await RecordQuotes(harness.on_request(), [UNKNOWN])(None)
    harness.first.is_down = True
    with pytest.raises(QuoteUnavailable):
        await RecordQuotes(harness.on_request(), [UNKNOWN, BTC_USD])(None)


async def test_without_tracked_pairs_nothing_is_recorded() -> None:
    recorded = await RecordQuotes(RecordingHarness().on_request(), [])(None)
    assert (recorded.quotes, recorded.skipped) == ([], {})


async def test_without_the_database_that_is_the_failure() -> None:
    harness = RecordingHarness()
    harness.database.is_down = True
    with pytest.raises(DatabaseUnavailable):
        await RecordQuotes(harness.on_request(), [UNKNOWN, BTC_USD])(None)
