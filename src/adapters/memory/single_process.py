"""A process that shares nothing: it gets no updates, and leads."""

import asyncio

from application.market_data.ports.leader_election import LeaderElection
from application.market_data.ports.market_updates import MarketUpdates, OnUpdate


class NoMarketUpdates(MarketUpdates):
    """There is nobody to get updates from."""

    async def subscribe(self, on_update: OnUpdate) -> None:  # noqa: ARG002 -- there are none
        """Wait forever."""
        await asyncio.Event().wait()


class SingleProcessLeader(LeaderElection):
    """There are no other candidates."""

    async def acquire(self, lease_seconds: float) -> float:  # noqa: ARG002 -- forever
        """Lead."""
        return 0.0

    async def step_down(self) -> None:
        """Do nothing: there is nobody to take over."""
