"""The exchange, the nodes that ask it, and the requests that they answer, each checked against what really happened."""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_left
from dataclasses import dataclass, field

from application.market_data.assembly import assemble_market_data
from application.market_data.fetch_spacing import ON_DEMAND_SHARE
from application.market_data.freshness import Generations
from application.market_data.limits import MarketLimits
from application.market_data.market_data import MarketData
from application.market_data.ports.exchange import Quota, Usage
from application.market_data.ports.fetch_lock import Payload
from application.market_data.sync_markets import SyncMarkets
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.instruments import Instruments
from tests.simulation.loop import Process, SimulatedLoop
from tests.simulation.orders.clocks import EPOCH, ProcessClock
from tests.simulation.scale.remote import (
    Network,
    RemoteFetchLock,
    RemoteLeaderElection,
    RemoteMarketCache,
    RemoteMarketUpdates,
    SharedFetchLock,
)
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter
from tests.unit.fakes.sharing import FakeLeaderElection, FakeLease

NAME, SYMBOL = "binance", "BTC/USDT"

# Binance's own limit and weights.
WEIGHTS = {Payload.INSTRUMENTS: 20, Payload.BOOK_TICKERS: 4}
QUOTA = Quota(6000, 60.0, WEIGHTS)
SYNC_SECONDS = 5.0

# Clocks of nodes differ by up to twice this.
MAX_OFFSET_SECONDS = 0.1

# What requests accept, in seconds, and how many of a hundred do; None is a price fetched for the request.
BOUNDS: tuple[tuple[int | None, int], ...] = ((10, 60), (1, 25), (None, 15))

# Of the exchange's answers.
FAILING_SHARE, HANGING_SHARE = 0.01, 0.003
TIMEOUT_SECONDS = 2.5
SHORTEST_ANSWER_SECONDS, LONGEST_ANSWER_SECONDS = 0.08, 0.25


class Upstream:
    """The exchange's servers, which know when each call came. The price of a call's answer is its number."""

    def __init__(self, loop: SimulatedLoop, chance: random.Random) -> None:
        self._loop = loop
        self._chance = chance
        self.calls: list[tuple[float, int]] = []  # the moment and the weight of each

    async def answer(self, payload: Payload) -> int:
        """Return the number of the call, after as long as an answer takes."""
        self.calls.append((self._loop.time(), WEIGHTS[payload]))
        number, fate = len(self.calls), self._chance.random()
        usage = self.usage(0.0)
        if usage.used > usage.limit:
            await asyncio.sleep(0.05)
            wait_seconds = usage.until - EPOCH - self._loop.time()
            raise ExchangeUnavailable(NAME, FailureReason.RATE_LIMITED, "HTTP 429", wait_seconds)
        if fate < HANGING_SHARE:
            await asyncio.sleep(TIMEOUT_SECONDS)
            raise ExchangeUnavailable(NAME, FailureReason.TIMEOUT, "made to hang", is_transient=True)
        await asyncio.sleep(self._chance.uniform(SHORTEST_ANSWER_SECONDS, LONGEST_ANSWER_SECONDS))
        if fate > 1 - FAILING_SHARE:
            raise ExchangeUnavailable(NAME, FailureReason.SERVER_ERROR, "made to fail", is_transient=True)
        return number

    def usage(self, error_seconds: float) -> Usage:
        """Return what the exchange has counted of the address of all nodes since the last full minute.

        A node's clock, by which the minute ends, is off by `error_seconds`.
        """
        window = QUOTA.window_seconds
        began_at = self._loop.time() // window * window
        until = EPOCH + began_at + window + error_seconds
        return Usage(used=self.weight(began_at), limit=QUOTA.limit, until=until)

    def began_at(self, number: int) -> float:
        """When the call with this number really began."""
        return self.calls[number - 1][0]

    def weight(self, since: float = 0.0, until: float = float("inf")) -> int:
        """The weight of all calls of a period."""
        first, last = (bisect_left(self.calls, (moment, 0)) for moment in (since, until))
        return sum(weight for _, weight in self.calls[first:last])

    @property
    def heaviest_minute(self) -> int:
        """The most weight of any minute, by the exchange's clock."""
        window = QUOTA.window_seconds
        minutes = range(int(self._loop.time() // window) + 1)
        return max(self.weight(minute * window, (minute + 1) * window) for minute in minutes)


class NodeExchange(FakeExchange):
    """The exchange as a node's adapter shows it, dated by the node's clock."""

    def __init__(self, clock: ProcessClock, upstream: Upstream, error_seconds: float) -> None:
        super().__init__(NAME, clock, {SYMBOL: ("1", "1")})
        self.told_quota = QUOTA
        self._upstream = upstream
        self._error_seconds = error_seconds

    async def fetch_instruments(self) -> Instruments:
        observed_at = self._clock.now()
        await self._called(Payload.INSTRUMENTS)
        return Instruments.of(NAME, self.listed, observed_at)

    async def fetch_book_tickers(self) -> BookTickers:
        observed_at = self._clock.now()
        number = str(await self._called(Payload.BOOK_TICKERS))
        return BookTickers.of(NAME, [(SYMBOL, number, number)], observed_at)

    async def _called(self, payload: Payload) -> int:
        number = await self._upstream.answer(payload)
        self.reported_usage = self._upstream.usage(self._error_seconds)
        return number


@dataclass
class Seen:
    """What requests have met."""

    answered: int = 0
    refused: dict[FailureReason, int] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    too_old: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """All that have ended."""
        return self.answered + sum(self.refused.values())


class Shared:
    """What all nodes share: the exchange and a Redis."""

    def __init__(self, loop: SimulatedLoop, chance: random.Random, *, begins_again: bool) -> None:
        self.loop = loop
        self.chance = chance
        self.upstream = Upstream(loop, chance)
        true_clock = ProcessClock(loop, Process("redis"))
        self.lock, self.cache = SharedFetchLock(true_clock, NAME, begins_again=begins_again), FakeMarketCache()
        self.lease = FakeLease(true_clock)
        self.network = Network(lambda: chance.uniform(0.0002, 0.002))
        self.seen = Seen()

    def lose_data(self) -> None:
        """Redis starts again with nothing."""
        self.lock.lose_all()
        self.cache.lose_all()
        self.lease.holder = None


class Node:
    """A process with its own market data, which syncs and answers requests."""

    def __init__(self, shared: Shared, name: str) -> None:
        self._shared = shared
        self.process = Process(name)
        self.process.offset = shared.chance.uniform(-MAX_OFFSET_SECONDS, MAX_OFFSET_SECONDS)
        clock = self._clock = ProcessClock(shared.loop, self.process)
        self._generations, meter = Generations(clock), FakeMeter()
        self._market: MarketData = assemble_market_data(
            exchange=NodeExchange(clock, shared.upstream, self.process.offset),
            cache=RemoteMarketCache(shared.cache, shared.network),
            fetch_lock=RemoteFetchLock(shared.lock, shared.network),
            clock=clock,
            generations=self._generations,
            meter=meter,
            limits=MarketLimits(600.0),
        )
        self._sync = SyncMarkets(
            markets={NAME: self._market},
            leader_election=RemoteLeaderElection(FakeLeaderElection(shared.lease), shared.network),
            market_updates=RemoteMarketUpdates(shared.lock, shared.network, NAME),
            clock=clock,
            meter=meter,
            interval_seconds=SYNC_SECONDS,
        )

    def start(self, requests_per_second: float, until: float) -> None:
        """Sync and answer requests until then, or until it is killed."""
        self._shared.loop.spawn(self.process, self._sync.run())
        self._shared.loop.spawn(self.process, self._receive(requests_per_second, until))

    async def _receive(self, requests_per_second: float, until: float) -> None:
        chance, loop = self._shared.chance, self._shared.loop
        bounds, weights = zip(*BOUNDS, strict=True)
        while loop.time() < until:
            await asyncio.sleep(chance.expovariate(requests_per_second))
            (seconds,) = chance.choices(bounds, weights)
            loop.spawn(self.process, self._answer(seconds))

    async def _answer(self, seconds: int | None) -> None:
        seen, arrived_at = self._shared.seen, self._shared.loop.time()
        arrival = self._generations.arrival()
        not_before = None if seconds is None else arrival.at - seconds
        try:
            await self._market.instruments()
            found = await self._market.book_tickers(not_before, arrival.generation)
        except ExchangeUnavailable as failure:
            seen.refused[failure.reason] = seen.refused.get(failure.reason, 0) + 1
        else:
            seen.answered += 1
            self._check(found, seconds, arrived_at)
        seen.waits.append(self._shared.loop.time() - arrived_at)

    def _check(self, found: BookTickers, seconds: int | None, arrived_at: float) -> None:
        """Note a price whose fetch really began earlier than the request accepts, but for what clocks differ."""
        began_at = self._shared.upstream.began_at(int(found.by_symbol[SYMBOL].bid))
        earliest = arrived_at if seconds is None else arrived_at - seconds - 2 * MAX_OFFSET_SECONDS
        if began_at < earliest:
            self._shared.seen.too_old.append(f"{arrived_at - began_at:.3f} s old, accepted {seconds}")


def budget(seconds: float, *, bursts: int = 1) -> float:
    """Return the weight that requests and the sync may use in so many seconds, however many nodes there are."""
    share = QUOTA.limit * ON_DEMAND_SHARE
    sync = WEIGHTS[Payload.BOOK_TICKERS] / SYNC_SECONDS + WEIGHTS[Payload.INSTRUMENTS] / 30.0
    return bursts * share / 4 + seconds * (share * 3 / 4 / QUOTA.window_seconds + sync) + 2 * sum(WEIGHTS.values())


def most_calls(seconds: float) -> float:
    """Return how many calls fit one after the other into so many seconds, however many nodes make them."""
    return seconds / SHORTEST_ANSWER_SECONDS
