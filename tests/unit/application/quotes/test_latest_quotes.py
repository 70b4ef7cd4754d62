"""The newest quote of a pair, or of every tracked pair."""

import pytest

from application.quotes.latest_quotes import LatestQuotes
from domain.quotes.errors import NotRecorded
from tests.unit.application.quotes.recorded import BTC_USD, ETH_USDT, HOUR, UNKNOWN, recorded


async def test_the_newest_quote_of_a_pair_or_of_every_tracked_pair_is_returned() -> None:
    database = await recorded((BTC_USD, HOUR, "1"), (ETH_USDT, HOUR, "2"), (BTC_USD, HOUR + 1, "3"))
    latest = LatestQuotes(database, [ETH_USDT, UNKNOWN, BTC_USD])
    assert [str(each.quote.rate) for each in await latest(None)] == ["2", "3"]
    assert [str(each.quote.rate) for each in await latest(BTC_USD)] == ["3"]
    with pytest.raises(NotRecorded, match="XYZ/USD"):
        await latest(UNKNOWN)
