"""How far apart fetches are, so that an exchange's rate limit is not used up."""

from collections import deque

import pytest

from adapters.memory.fetch_lock import MemoryFetchLock
from application.market_data.fetch_spacing import ON_DEMAND_SHARE, FetchSpacing
from application.market_data.ports.exchange import Quota, Usage
from application.market_data.ports.fetch_lock import FetchOutcome, Lease, Payload, Spaced
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.meter import FakeMeter

WEIGHTS = {Payload.INSTRUMENTS: 20, Payload.BOOK_TICKERS: 4}
BINANCE = Quota(6000, 60.0, WEIGHTS)
KUCOIN = Quota(2000, 30.0, {Payload.INSTRUMENTS: 4, Payload.BOOK_TICKERS: 15})
FETCH_SECONDS = 0.02


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def exchange(clock: FakeClock) -> FakeExchange:
    return FakeExchange("binance", clock)


@pytest.fixture
def spacing(exchange: FakeExchange, clock: FakeClock) -> FetchSpacing:
    exchange.told_quota = BINANCE
    return FetchSpacing(exchange, clock, FakeMeter())


class Windows:
    """The weight used in any period of the quota's length, the highest so far."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._used: deque[tuple[float, int]] = deque()
        self.highest = 0
        self.fetches = 0

    def use(self, payload: Payload, now: float) -> None:
        self.fetches += 1
        self._used.append((now, self._quota.weights[payload]))
        while self._used[0][0] <= now - self._quota.window_seconds:
            self._used.popleft()
        self.highest = max(self.highest, sum(weight for _, weight in self._used))


@pytest.mark.parametrize("quota", [BINANCE, KUCOIN, Quota(1200, 60.0, WEIGHTS)], ids=["binance", "kucoin", "small"])
async def test_fetching_all_the_time_beside_the_sync_uses_no_more_than_the_share_in_any_window(
    exchange: FakeExchange, spacing: FetchSpacing, clock: FakeClock, quota: Quota
) -> None:
    exchange.told_quota = quota
    lock, used = MemoryFetchLock(clock), Windows(quota)
    next_sync = clock.now()
    while clock.now() < NOON + 5 * quota.window_seconds:
        is_for_sync = clock.now() >= next_sync
        book = spacing.of(Payload.BOOK_TICKERS, is_for_sync=is_for_sync)
        reply = await lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None, spacing=book)
        if isinstance(reply, Spaced):
            assert not is_for_sync, "the sync waited"
            clock.advance(min(reply.seconds, 0.05) + 1e-6)  # a float of so many seconds is no finer
            continue
        assert isinstance(reply, Lease)
        next_sync += 5 if is_for_sync else 0
        used.use(Payload.BOOK_TICKERS, clock.now())
        clock.advance(FETCH_SECONDS)
        await lock.release(reply, FetchOutcome())
    assert used.highest <= ON_DEMAND_SHARE * quota.limit + quota.weights[Payload.BOOK_TICKERS]
    # and the share can be used
    assert used.highest >= 0.9 * ON_DEMAND_SHARE * quota.limit


async def test_a_sync_that_needs_more_than_the_share_never_waits(spacing: FetchSpacing) -> None:
    book = spacing.of(Payload.INSTRUMENTS, is_for_sync=True)
    assert book is not None
    assert [spacing.book(book) for _ in range(1000)] == [0.0] * 1000


async def test_after_a_greedy_sync_requests_wait_a_moment_and_not_for_all_of_it(spacing: FetchSpacing) -> None:
    for_sync = spacing.of(Payload.INSTRUMENTS, is_for_sync=True)
    on_demand = spacing.of(Payload.BOOK_TICKERS, is_for_sync=False)
    assert for_sync is not None
    assert on_demand is not None
    for _ in range(1000):
        spacing.book(for_sync)
    assert 0 < spacing.book(on_demand) < 1


def test_a_fetch_that_weighs_more_than_the_burst_is_made_when_nothing_is_booked(
    exchange: FakeExchange, spacing: FetchSpacing
) -> None:
    exchange.told_quota = Quota(10, 60.0, WEIGHTS)
    book = spacing.of(Payload.INSTRUMENTS, is_for_sync=False)
    assert book is not None
    assert spacing.book(book) == 0
    assert spacing.book(book) > 0


@pytest.mark.parametrize("quota", [None, Quota(0, 60.0, WEIGHTS), Quota(-1, 60.0, WEIGHTS)])
def test_without_a_limit_nothing_is_booked(exchange: FakeExchange, spacing: FetchSpacing, quota: Quota | None) -> None:
    exchange.told_quota = quota
    assert spacing.of(Payload.BOOK_TICKERS, is_for_sync=False) is None


@pytest.mark.parametrize(
    ("usage", "closed_seconds"),
    [
        (None, 0),
        (Usage(used=3599, limit=6000, until=NOON + 20), 0),
        (Usage(used=3600, limit=6000, until=NOON + 20), 20),
        (Usage(used=9999, limit=6000, until=NOON + 20), 20),
        (Usage(used=3600, limit=6000, until=NOON), 0),
    ],
)
def test_from_the_share_that_the_exchange_tells_on_the_rest_is_kept_until_the_window_ends(
    exchange: FakeExchange, spacing: FetchSpacing, usage: Usage | None, closed_seconds: float
) -> None:
    exchange.reported_usage = usage
    assert spacing.closed_seconds() == closed_seconds
    if closed_seconds:
        with pytest.raises(ExchangeUnavailable) as caught:
            spacing.raise_if_closed()
        assert (caught.value.reason, caught.value.retry_after_seconds) == (FailureReason.THROTTLED, closed_seconds)
