"""However many prices come at once, requests are answered while they are checked and compared."""

import asyncio

import pytest

from application.market_data.limits import MarketLimits
from application.market_data.market_data import MarketData
from application.market_data.outlier_guard import OutlierGuard
from domain.rates import outliers
from domain.rates.book_tickers import BookTickers
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter
from tests.unit.fakes.slices import most_during_a_request

SYMBOLS = [f"S{number}" for number in range(4000)]


def market_of(exchange: FakeExchange, clock: FakeClock) -> MarketData:
    limits = MarketLimits(600.0, max_jump_percent=20)
    return market_data_of(exchange, FakeMarketCache(), FakeFetchLock(clock), clock, limits=limits)


@pytest.fixture
def exchange(clock: FakeClock) -> FakeExchange:
    return FakeExchange("binance", clock, {f"{symbol}/USDT": ("1", "1.01") for symbol in SYMBOLS})


async def test_prices_are_compared_once_and_in_slices(
    exchange: FakeExchange, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    market, compared = market_of(exchange, clock), 0
    await market.book_tickers(None)

    def counted(price: float, known: float) -> float:
        nonlocal compared
        compared += 1
        return price / known

    monkeypatch.setattr(outliers, "truediv", counted)
    taking: asyncio.Task[object] = asyncio.create_task(market.book_tickers(None))
    assert await most_during_a_request([taking], lambda: compared) <= 2 * outliers.ROWS_PER_STEP
    assert compared == len(SYMBOLS)
    await market.close()


@pytest.mark.parametrize("moment", range(0, 20, 3))
async def test_prices_are_held_back_by_what_is_known_once_they_are_compared(moment: int) -> None:
    guard = OutlierGuard("binance", 20, {}, FakeMeter())
    before, fetched, *streamed = (books(price) for price in ("1", "1", "1.15", "1.32"))
    guard.screened(before, is_own=True)
    comparing = asyncio.create_task(guard.compare(fetched))
    for _ in range(moment):
        await asyncio.sleep(0)
    for each in streamed:
        guard.screened_stream(each, None, is_own=True)
    await comparing
    assert guard.screened(fetched, is_own=True).held_back == dict.fromkeys(SYMBOLS, 1.32)


def books(price: str) -> BookTickers:
    return BookTickers.of("binance", [(symbol, price, price) for symbol in SYMBOLS], NOON)
