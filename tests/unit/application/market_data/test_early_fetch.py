"""A fetch that begins before anybody knows whether its result is needed."""

import asyncio

import pytest

from application.market_data import early_fetch
from application.market_data.early_fetch import EarlyFetch, taken_or_fetched
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable
from tests.unit.application.market_data.waiting import settled
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.exchange import failure

EARLY = BookTickers.of("binance", [("BTCUSDT", "1", "1")], NOON)
LATE = BookTickers.of("binance", [("BTCUSDT", "2", "2")], NOON)


HEAD_START_SECONDS = 0.005


@pytest.fixture(autouse=True)
def head_start_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_fetch, "HEAD_START_SECONDS", HEAD_START_SECONDS)


async def late() -> BookTickers:
    return LATE


class Fetch:
    """Fetches once released; `calls` counts."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls = 0
        self.error = error
        self.released = asyncio.Event()
        self.is_answering = True

    async def __call__(self) -> BookTickers:
        self.calls += 1
        await self.released.wait()
        if self.error is not None:
            raise self.error
        return EARLY

    def early(self) -> EarlyFetch[BookTickers]:
        return EarlyFetch(self, lambda: self.is_answering)


async def head_start() -> None:
    await asyncio.sleep(4 * HEAD_START_SECONDS)
    await settled()


async def test_it_begins_after_the_head_start_and_its_value_is_taken() -> None:
    fetch = Fetch()
    early = fetch.early()
    await settled()
    assert (fetch.calls, early.has_begun, early.has_succeeded) == (0, False, False)
    await head_start()
    assert (fetch.calls, early.has_begun, early.has_succeeded) == (1, True, False)
    fetch.released.set()
    assert await taken_or_fetched(early, late) is EARLY
    assert early.has_succeeded


async def test_what_is_needed_before_the_head_start_is_over_is_fetched_by_whoever_needs_it() -> None:
    fetch = Fetch()
    assert await taken_or_fetched(fetch.early(), late) is LATE
    assert await taken_or_fetched(None, late) is LATE
    await head_start()
    assert fetch.calls == 0


@pytest.mark.parametrize("is_answering", [True, False])
async def test_it_never_begins_once_it_is_closed_or_the_exchange_has_failed(is_answering: bool) -> None:
    fetch = Fetch()
    early = fetch.early()
    fetch.is_answering = is_answering
    if is_answering:
        early.close()
    await head_start()
    assert (fetch.calls, early.has_begun) == (0, False)
    assert await taken_or_fetched(early, late) is LATE


async def test_its_failure_is_raised_to_whoever_takes_it_and_to_nobody_else() -> None:
    fetch = Fetch(failure("binance"))
    early = fetch.early()
    await head_start()
    fetch.released.set()
    await settled()
    assert not early.has_succeeded
    with pytest.raises(ExchangeUnavailable):
        await taken_or_fetched(early, late)
