"""Hearing of what other processes have fetched."""

from collections.abc import Awaitable, Callable
from typing import Protocol

OnUpdate = Callable[[str], Awaitable[None]]


class MarketUpdates(Protocol):
    """Updates may be late and may be lost: they may make things faster, and nothing may depend on them.

    The fetch lock publishes them, with each release.
    """

    async def subscribe(self, on_update: OnUpdate) -> None:
        """Call `on_update` with the name of each exchange that may have newer market data, until cancelled.

        After every lost connection it is called for all exchanges, since updates may have been missed. What it raises
        ends the subscription.
        """
        ...
