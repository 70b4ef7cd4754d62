"""What nodes share, as each reaches it over a network: a Redis that may be slow, away, or empty."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from application.market_data.errors import LockUnavailable
from application.market_data.ports.fetch_lock import (
    NO_FETCH,
    Cached,
    FetchFailed,
    FetchLock,
    FetchOutcome,
    InFlight,
    Lease,
    Payload,
    Spaced,
    Spacing,
)
from application.market_data.ports.leader_election import LeaderElection
from application.market_data.ports.market_cache import MarketCache
from application.market_data.ports.market_updates import MarketUpdates, OnUpdate
from application.ports.clock import Clock
from domain.errors import CacheUnavailable
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable
from domain.rates.instruments import Instruments
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.sharing import FakeLeaderElection

# How often updates are looked for: here a lost one is as good as any.
UPDATE_SECONDS = 60.0


class Network:
    """The way to Redis: each call takes `delay()` seconds there, and as long back."""

    def __init__(self, delay: Callable[[], float]) -> None:
        self.delay = delay
        self.is_cut = False

    async def travel(self, failure: Callable[[str], Exception]) -> None:
        await asyncio.sleep(self.delay())
        if self.is_cut:
            raise failure("cut off")


class SharedFetchLock(FakeFetchLock):
    """The lock in Redis, whose fencing tokens go on above all earlier ones after a loss of all data, as in scripts.py.

    With `begins_again` they begin with 1 again, which would be wrong.
    """

    def __init__(self, clock: Clock, exchange: str, *, begins_again: bool = False) -> None:
        super().__init__(clock)
        self._exchange = exchange
        self._begins_again = begins_again

    def lose_all(self) -> None:
        super().lose_all()
        if not self._begins_again:
            self._states[self._exchange].fencing_token = int(self._clock.now() * 1000)


class RemoteFetchLock(FetchLock):
    """A lock at the other end of the network. A call that was sent has its effect, whether its answer comes or not."""

    def __init__(self, lock: FakeFetchLock, network: Network) -> None:
        self._lock = lock
        self._network = network

    @property
    def lease_seconds(self) -> float:
        return self._lock.lease_seconds

    async def newest_cached(self, exchange: str, payload: Payload) -> int:
        await self._network.travel(LockUnavailable)
        found = await self._lock.newest_cached(exchange, payload)
        await self._network.travel(LockUnavailable)
        return found

    async def acquire(
        self,
        exchange: str,
        payload: Payload,
        *,
        newer_than: int | None,
        waited_for: int | None,
        spacing: Spacing | None = None,
    ) -> Lease | InFlight | Spaced | Cached | FetchFailed:
        await self._network.travel(LockUnavailable)
        reply = await self._lock.acquire(
            exchange, payload, newer_than=newer_than, waited_for=waited_for, spacing=spacing
        )
        await self._network.travel(LockUnavailable)
        return reply

    async def extend(self, lease: Lease) -> None:
        await self._network.travel(LockUnavailable)
        await self._lock.extend(lease)

    async def release(self, lease: Lease, outcome: FetchOutcome) -> None:
        await self._network.travel(LockUnavailable)
        await self._lock.release(lease, outcome)

    async def pause(self, failure: ExchangeUnavailable) -> None:
        await self._network.travel(LockUnavailable)
        await self._lock.pause(failure)

    async def book_connection(self, exchange: str, spacing_seconds: float) -> float:
        await self._network.travel(LockUnavailable)
        return await self._lock.book_connection(exchange, spacing_seconds)

    async def wait_for_change(self, exchange: str, timeout_seconds: float) -> None:
        await self._lock.wait_for_change(exchange, timeout_seconds)


class RemoteMarketCache(MarketCache):
    """A cache at the other end of the network."""

    def __init__(self, cache: FakeMarketCache, network: Network) -> None:
        self._cache = cache
        self._network = network

    async def instruments(self, exchange: str, since: int = NO_FETCH) -> Instruments | None:
        await self._network.travel(CacheUnavailable)
        return await self._cache.instruments(exchange, since)

    async def write_instruments(self, instruments: Instruments, fencing_token: int) -> None:
        await self._network.travel(CacheUnavailable)
        await self._cache.write_instruments(instruments, fencing_token)

    async def book_tickers(self, exchange: str, since: int = NO_FETCH) -> BookTickers | None:
        await self._network.travel(CacheUnavailable)
        return await self._cache.book_tickers(exchange, since)

    async def write_book_tickers(self, book_tickers: BookTickers, fencing_token: int) -> None:
        await self._network.travel(CacheUnavailable)
        await self._cache.write_book_tickers(book_tickers, fencing_token)

    async def check(self) -> None:
        await self._network.travel(CacheUnavailable)


class RemoteLeaderElection(LeaderElection):
    """An election at the other end of the network."""

    def __init__(self, election: FakeLeaderElection, network: Network) -> None:
        self._election = election
        self._network = network

    async def acquire(self, lease_seconds: float) -> float:
        await self._network.travel(LockUnavailable)
        return await self._election.acquire(lease_seconds)

    async def step_down(self) -> None:
        await self._network.travel(LockUnavailable)
        await self._election.step_down()


class RemoteMarketUpdates(MarketUpdates):
    """Releases of the lock, as Redis publishes them. Late by a way through the network."""

    def __init__(self, lock: FakeFetchLock, network: Network, exchange: str) -> None:
        self._lock = lock
        self._network = network
        self._exchange = exchange

    async def subscribe(self, on_update: OnUpdate) -> None:
        while True:
            await self._lock.wait_for_change(self._exchange, UPDATE_SECONDS)
            await asyncio.sleep(self._network.delay())
            if not self._network.is_cut:
                await on_update(self._exchange)
