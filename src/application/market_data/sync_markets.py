"""Keep every exchange's market fresh, so that users' requests need no call to an exchange."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from functools import partial

import structlog

from application.market_data.errors import LockUnavailable
from application.market_data.market_data import MarketData
from application.market_data.ports.leader_election import LeaderElection
from application.market_data.ports.market_updates import MarketUpdates
from application.market_data.ports.meter import MarketDataMeter
from application.market_data.throttle import Throttle
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable

# Well below the age from which a conversion fetches instruments again before it answers "not listed".
LISTING_MAX_AGE_SECONDS = 30.0

# The length of the leader's lease.
LEASE_INTERVALS = 1.5

# Between the refreshes of two exchanges: if they coincided, each request would wait for slices of both.
STAGGER_SECONDS = 0.1

# After an unexpected exception, so that repeated ones cannot fill the log.
RESTART_AFTER_SECONDS = 1.0

log = structlog.get_logger()


class SyncRole(StrEnum):
    """Whether this process fetches for all, loads what the leader fetched, or does neither."""

    LEADER = "leader"
    FOLLOWER = "follower"
    OFF = "off"


class SyncMarkets:
    """One process, the leader, fetches every market each interval; the others load what it fetched.

    While processes cannot share, each of them leads. Exchanges are independent: one that hangs delays no other, and is
    called again once it has answered or failed. One whose rate limit is nearly used up is called less often.
    """

    def __init__(
        self,
        *,
        markets: Mapping[str, MarketData],
        leader_election: LeaderElection,
        market_updates: MarketUpdates,
        clock: Clock,
        meter: MarketDataMeter,
        interval_seconds: float,
    ) -> None:
        """An interval of 0 turns fetching off; what other processes fetch is still loaded."""
        self._markets = dict(markets)
        self._leader_election = leader_election
        self._market_updates = market_updates
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._meter = meter
        self._throttles = {name: Throttle() for name in markets}
        self._refreshes: dict[str, asyncio.Task[None]] = {}
        self.role = SyncRole.FOLLOWER if interval_seconds else SyncRole.OFF

    async def run(self) -> None:
        """Sync until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_going(partial(self._market_updates.subscribe, self._load)))
                if self._interval_seconds:
                    group.create_task(self._keep_going(self._tick_forever))
        finally:
            await self._stop()

    async def _keep_going(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception:  # a bug must not end the sync
                log.exception("sync_failed")
            await asyncio.sleep(RESTART_AFTER_SECONDS)

    async def _tick_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began_at = loop.time()
            seconds = await self.tick()
            await asyncio.sleep(max(0.0, began_at + seconds - loop.time()))

    async def tick(self) -> float:
        """Lead or follow once; return the seconds from the start of this tick to the next."""
        try:
            others_seconds = await self._leader_election.acquire(LEASE_INTERVALS * self._interval_seconds)
        except LockUnavailable:
            others_seconds = 0.0
        self._take_role(SyncRole.FOLLOWER if others_seconds else SyncRole.LEADER)
        if others_seconds:
            for name in self._markets:
                await self._load(name)  # updates can be lost
            return min(others_seconds, self._interval_seconds)
        stagger_seconds = min(STAGGER_SECONDS, self._interval_seconds / 8)
        for place, (name, market) in enumerate(self._markets.items()):
            if market.needs_fetch(self._clock.now()) and self._is_due(name, market):
                refresh = self._refresh(name, market, place * stagger_seconds)
                self._refreshes[name] = asyncio.create_task(refresh)
        return self._interval_seconds

    def _is_due(self, name: str, market: MarketData) -> bool:
        throttle = self._throttles[name]
        if throttle.update(market.usage, self._clock.now()) and market.usage is not None:
            event = "throttle_engaged" if throttle.is_engaged else "throttle_released"
            log.warning(event, exchange=name, used=market.usage.used, limit=market.usage.limit)
        return throttle.allows() and name not in self._refreshes

    async def _refresh(self, name: str, market: MarketData, delay_seconds: float) -> None:
        try:
            await asyncio.sleep(delay_seconds)
            await market.refresh(LISTING_MAX_AGE_SECONDS)
        except ExchangeUnavailable:
            return  # logged and counted where the call was made
        except Exception:
            log.exception("sync_failed", exchange=name)
        finally:
            del self._refreshes[name]

    async def _load(self, name: str) -> None:
        await self._markets[name].load()

    def _take_role(self, role: SyncRole) -> None:
        if role is not self.role:
            self.role = role
            self._meter.leadership_changed(is_leader=role is SyncRole.LEADER)
            log.info("sync_role_changed", role=role.value)

    async def _stop(self) -> None:
        refreshes = list(self._refreshes.values())
        for refresh in refreshes:
            refresh.cancel()
        if refreshes:
            await asyncio.wait(refreshes)
        if self.role is SyncRole.LEADER:
            with suppress(LockUnavailable):
                await self._leader_election.step_down()
