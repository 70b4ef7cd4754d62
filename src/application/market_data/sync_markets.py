"""Keep every exchange's market fresh, so that users' questions reach no exchange."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from functools import partial

import structlog

from application.market_data.market_data import MarketData
from application.market_data.ports.leader_election import LeaderElection
from application.market_data.ports.market_updates import MarketUpdates
from application.market_data.ports.meter import Meter
from application.market_data.throttle import Throttle
from application.ports.clock import Clock
from domain.errors import CacheUnavailable
from domain.rates.errors import ExchangeUnavailable

# Well below the age at which a conversion looks again before it says "not listed".
LISTING_MAX_AGE_SECONDS = 30.0

# A leader that has been silent for so many intervals is none any more.
LEASE_INTERVALS = 1.5

# Between the refreshes of two exchanges: at once, each request would wait for slices of both.
APART_SECONDS = 0.1

# After a fault of our own, so that it cannot fill the log.
REST_SECONDS = 1.0

log = structlog.get_logger()


class SyncRole(StrEnum):
    """What this process does for the others: fetches for all, loads what was fetched, or neither."""

    LEADER = "leader"
    FOLLOWER = "follower"
    OFF = "off"


class SyncMarkets:
    """One process, the leader, fetches every market each interval; all others load what it has fetched.

    Where nothing can be shared each process fetches for itself. Exchanges are independent: one that hangs delays no
    other, and is asked again once it has answered or failed. One whose rate limit is nearly used up is asked less.
    """

    def __init__(
        self,
        *,
        markets: Mapping[str, MarketData],
        leader_election: LeaderElection,
        market_updates: MarketUpdates,
        clock: Clock,
        meter: Meter,
        interval_seconds: float,
    ) -> None:
        """No interval, no fetches; what other processes fetch is loaded all the same."""
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
        """Go on until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._kept_going(partial(self._market_updates.follow, self._load)))
                if self._interval_seconds:
                    group.create_task(self._kept_going(self._beat_for_ever))
        finally:
            await self._stop()

    async def _kept_going(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception:  # a fault of ours must not end what keeps all markets fresh
                log.exception("sync_failed")
            await asyncio.sleep(REST_SECONDS)

    async def _beat_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began_at = loop.time()
            seconds = await self.beat()
            await asyncio.sleep(max(0.0, began_at + seconds - loop.time()))

    async def beat(self) -> float:
        """Do what is to be done now; return after how many seconds to do it again."""
        try:
            others_seconds = await self._leader_election.lead(LEASE_INTERVALS * self._interval_seconds)
        except CacheUnavailable:
            others_seconds = 0.0
        self._take_role(SyncRole.FOLLOWER if others_seconds else SyncRole.LEADER)
        if others_seconds:
            for name in self._markets:
                await self._load(name)  # news can be lost
            return min(others_seconds, self._interval_seconds)
        apart_seconds = min(APART_SECONDS, self._interval_seconds / 8)
        for place, (name, market) in enumerate(self._markets.items()):
            if self._is_due(name, market):
                refresh = self._refresh(name, market, place * apart_seconds)
                self._refreshes[name] = asyncio.create_task(refresh)
        return self._interval_seconds

    def _is_due(self, name: str, market: MarketData) -> bool:
        budget = self._throttles[name]
        if budget.update(market.usage, self._clock.now()) and market.usage is not None:
            event = "budget_tight" if budget.is_tight else "budget_eased"
            log.warning(event, exchange=name, used=market.usage.used, limit=market.usage.limit)
        return budget.allows() and name not in self._refreshes

    async def _refresh(self, name: str, market: MarketData, in_seconds: float) -> None:
        try:
            await asyncio.sleep(in_seconds)
            await market.refresh(LISTING_MAX_AGE_SECONDS)
        except ExchangeUnavailable:
            return  # it was logged and counted where the call was made
        except Exception:
            log.exception("sync_failed", exchange=name)
        finally:
            del self._refreshes[name]

    async def _load(self, name: str) -> None:
        await self._markets[name].load()

    def _take_role(self, role: SyncRole) -> None:
        if role is not self.role:
            self.role = role
            self._meter.sync_led(is_leader=role is SyncRole.LEADER)
            log.info("sync_role_changed", role=role.value)

    async def _stop(self) -> None:
        refreshes = list(self._refreshes.values())
        for refresh in refreshes:
            refresh.cancel()
        if refreshes:
            await asyncio.wait(refreshes)
        if self.role is SyncRole.LEADER:
            with suppress(CacheUnavailable):
                await self._leader_election.resign()
