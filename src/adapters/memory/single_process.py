"""Market updates, streamed updates and leader election of a single process."""

import asyncio

from application.market_data.ports.leader_election import LeaderElection
from application.market_data.ports.market_updates import MarketUpdates, OnUpdate
from application.market_data.ports.streamed_updates import OnStreamed, StreamedUpdate, StreamedUpdates


class NoMarketUpdates(MarketUpdates):
    """Never calls back, because there are no other processes."""

    async def subscribe(self, on_update: OnUpdate) -> None:  # noqa: ARG002 -- there are none
        """Wait forever."""
        await asyncio.Event().wait()


class NoStreamedUpdates(StreamedUpdates):
    """Tells nobody, because there are no other processes."""

    async def publish(self, update: StreamedUpdate) -> None:
        """Do nothing."""

    async def subscribe(self, on_update: OnStreamed) -> None:  # noqa: ARG002 -- there are none
        """Wait forever."""
        await asyncio.Event().wait()


class SingleProcessLeader(LeaderElection):
    """Always the leader, because there are no other candidates."""

    async def acquire(self, lease_seconds: float) -> float:  # noqa: ARG002 -- the lease never ends
        """Return 0, for success."""
        return 0.0

    async def step_down(self) -> None:
        """Do nothing, because there is no other process to take over."""
