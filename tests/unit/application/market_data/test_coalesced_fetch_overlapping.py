"""Many who want the latest price at once: overlapping fetches, on virtual time, within the rate limit."""

import asyncio
import random
from contextlib import nullcontext
from dataclasses import dataclass, field

from adapters.memory.fetch_lock import MemoryFetchLock
from application.market_data.fetch_spacing import BURST_SHARE, ON_DEMAND_SHARE
from application.market_data.limits import MarketLimits
from application.market_data.ports.exchange import Quota
from application.market_data.ports.fetch_lock import Payload
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.simulation.loop import Process, SimulatedLoop
from tests.simulation.orders.clocks import ProcessClock
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.market_cache import FakeMarketCache

SYMBOL, CLIENTS, ANSWER_SECONDS = "BTC/USDT", 32, 0.05
QUOTA = Quota(6000, 60.0, {Payload.INSTRUMENTS: 20, Payload.BOOK_TICKERS: 4})


class DistantExchange(FakeExchange):
    """Answers each call after a while with the call's number as the price; from `fails_from` on, with a failure."""

    answer_seconds = ANSWER_SECONDS
    fails_from = float("inf")
    most_at_a_time: asyncio.Semaphore | None = None  # what is too busy to do more at once
    slow_every: int | None = None  # one in so many calls takes three times as long

    def __init__(self, clock: ProcessClock) -> None:
        super().__init__("binance", clock, {SYMBOL: ("1", "1")})
        self.began: list[float] = []
        self.at_once: list[int] = []
        self._in_flight = 0

    async def fetch_book_tickers(self) -> BookTickers:
        loop, observed_at = asyncio.get_running_loop(), self._clock.now()
        self.began.append(loop.time())
        number = str(len(self.began))
        self._in_flight += 1
        self.at_once.append(self._in_flight)
        async with self.most_at_a_time or nullcontext():
            is_slow = self.slow_every is not None and int(number) % self.slow_every == 0
            times = random.Random(number).uniform(1, 1.1) * (3 if is_slow else 1)  # noqa: S311 -- a seed
            await asyncio.sleep(self.answer_seconds * times)
        self._in_flight -= 1
        if self.began[int(number) - 1] >= self.fails_from:
            raise failure("binance")
        return BookTickers.of("binance", [(SYMBOL, number, number)], observed_at)


@dataclass
class Load:
    exchange: DistantExchange
    waits: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def usual_wait(self) -> float:
        return sorted(self.waits)[len(self.waits) // 2]


def under_load(
    seconds: float,
    most_at_once: int,
    quota: Quota | None = None,
    *,
    fails_from: float = float("inf"),
    most_at_a_time: int | None = None,
    slow_every: int | None = None,
) -> Load:
    """Have all clients ask for the latest price again and again, each once it has its answer."""
    loop = SimulatedLoop(random.Random(1), most_steps=50_000_000)  # noqa: S311 -- a seed
    clock = ProcessClock(loop, Process("service"))
    load = Load(DistantExchange(clock))
    load.exchange.told_quota = quota
    load.exchange.fails_from = fails_from
    if most_at_a_time is not None:
        load.exchange.most_at_a_time = asyncio.Semaphore(most_at_a_time)
    load.exchange.slow_every = slow_every

    async def ask() -> None:
        while (arrived_at := loop.time()) < seconds:
            try:
                found = await market.book_tickers(None)
            except ExchangeUnavailable:
                load.failures += 1
                await asyncio.sleep(0.01)
                continue
            assert load.exchange.began[int(found.by_symbol[SYMBOL].bid) - 1] >= arrived_at
            load.waits.append(loop.time() - arrived_at)

    async def everything() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(ask())
                await asyncio.sleep(0.003)

    market = market_data_of(load.exchange, FakeMarketCache(), MemoryFetchLock(clock, most_at_once), clock)
    loop.run(everything())
    return load


def test_whoever_arrives_during_a_fetch_waits_for_a_part_of_one_and_gets_no_price_from_before() -> None:
    seconds = 3.0
    load = under_load(seconds, most_at_once=3)
    assert load.usual_wait <= 1.2 * ANSWER_SECONDS
    assert len(load.waits) >= 500 * seconds
    assert max(load.exchange.at_once) <= 3
    assert under_load(seconds, most_at_once=1).usual_wait > 1.7 * ANSWER_SECONDS  # what it would be without


def test_overlapping_fetches_use_no_more_of_the_rate_limit_than_others() -> None:
    seconds, share = 10.0, QUOTA.limit * ON_DEMAND_SHARE
    load = under_load(seconds, most_at_once=3, quota=QUOTA)
    allowed = share * BURST_SHARE + seconds * share * (1 - BURST_SHARE) / QUOTA.window_seconds
    weight = QUOTA.weights[Payload.BOOK_TICKERS]
    assert allowed - 4 * weight <= len(load.exchange.began) * weight <= allowed + weight
    assert load.failures == 0


def test_where_the_processor_or_the_exchange_is_too_busy_for_several_fetches_they_do_not_overlap() -> None:
    overlapping = under_load(10.0, most_at_once=3, most_at_a_time=1)
    one_by_one = under_load(10.0, most_at_once=1, most_at_a_time=1)
    assert len(overlapping.waits) >= 0.9 * len(one_by_one.waits)
    assert overlapping.usual_wait <= 1.1 * one_by_one.usual_wait


def test_where_it_can_do_two_at_once_two_overlap() -> None:
    overlapping = under_load(10.0, most_at_once=3, most_at_a_time=2)
    two = under_load(10.0, most_at_once=2, most_at_a_time=2)
    assert len(overlapping.waits) >= 0.9 * len(two.waits)
    assert overlapping.usual_wait <= 1.1 * two.usual_wait


def test_the_fetch_under_way_and_the_next_one_have_one_bound_from_the_question_on() -> None:
    loop = SimulatedLoop(random.Random(1))  # noqa: S311 -- a seed
    clock = ProcessClock(loop, Process("service"))
    exchange = DistantExchange(clock)
    exchange.answer_seconds = 8.0
    limits = MarketLimits(600.0, max_wait_seconds=11.0)
    market = market_data_of(exchange, FakeMarketCache(), MemoryFetchLock(clock, 3), clock, limits=limits)
    began_at, failed = loop.time(), list[tuple[FailureReason, float]]()

    async def ask() -> None:
        try:
            await market.book_tickers(None)
        except ExchangeUnavailable as unavailable:
            failed.append((unavailable.reason, round(loop.time() - began_at, 3)))

    async def everything() -> None:
        async with asyncio.TaskGroup() as group:
            for at in (0.0, 1.0, 6.0):  # the last two wait for the second fetch, which ends after over 16 seconds
                await asyncio.sleep(began_at + at - loop.time())
                group.create_task(ask())

    loop.run(everything())
    assert failed == [(FailureReason.TIMEOUT, 12.0)]
    assert len(exchange.began) == 2


def test_a_call_that_is_slow_now_and_then_does_not_end_the_overlapping() -> None:
    load = under_load(10.0, most_at_once=3, slow_every=20)
    assert load.usual_wait <= 1.2 * ANSWER_SECONDS


def test_an_exchange_that_begins_to_fail_is_called_by_one_at_a_time_again() -> None:
    load = under_load(2.0, most_at_once=3, fails_from=1.0)
    after = [at_once for began, at_once in zip(load.exchange.began, load.exchange.at_once, strict=True) if began > 1.1]
    assert set(after) == {1}
    assert load.failures > CLIENTS
