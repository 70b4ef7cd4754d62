"""Leader election and market updates among the processes of one test."""

import asyncio

from application.market_data.errors import LockUnavailable
from application.market_data.ports.leader_election import LeaderElection
from application.market_data.ports.market_updates import MarketUpdates, OnUpdate
from application.ports.clock import Clock


class FakeLease:
    """Shared by the elections of several processes. `is_down` makes every call of theirs fail."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.holder: FakeLeaderElection | None = None
        self.until = 0.0
        self.is_down = False


class FakeLeaderElection(LeaderElection):
    def __init__(self, lease: FakeLease) -> None:
        self._lease = lease

    async def acquire(self, lease_seconds: float) -> float:
        lease = self._answering()
        left = lease.until - lease.clock.now()
        if lease.holder not in {None, self} and left > 0:
            return left
        lease.holder, lease.until = self, lease.clock.now() + lease_seconds
        return 0.0

    async def step_down(self) -> None:
        lease = self._answering()
        if lease.holder is self:
            lease.holder = None

    def _answering(self) -> FakeLease:
        if self._lease.is_down:
            raise LockUnavailable("made to fail")
        return self._lease


class FakeMarketUpdates(MarketUpdates):
    """Passes on what the test publishes; `fault` is raised instead, once."""

    def __init__(self) -> None:
        self.published: asyncio.Queue[str] = asyncio.Queue()
        self.fault: Exception | None = None

    async def subscribe(self, on_update: OnUpdate) -> None:
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        while True:
            await on_update(await self.published.get())
