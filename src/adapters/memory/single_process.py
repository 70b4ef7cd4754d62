"""A process that shares nothing: it hears of nobody, and leads."""

import asyncio

from application.market_data.ports.leader_election import LeaderElection
from application.market_data.ports.market_updates import MarketUpdates, OnUpdate


class NoMarketUpdates(MarketUpdates):
    """Nobody else fetches anything that could be had from them."""

    async def follow(self, heard: OnUpdate) -> None:  # noqa: ARG002 -- there is nothing to be heard
        """Wait for ever."""
        await asyncio.Event().wait()


class SingleProcessLeader(LeaderElection):
    """There is nobody else to lead."""

    async def lead(self, for_seconds: float) -> float:  # noqa: ARG002 -- for good
        """Lead."""
        return 0.0

    async def resign(self) -> None:
        """Leave it to nobody."""
