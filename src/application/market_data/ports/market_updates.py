"""The port to market updates: what other processes have fetched."""

from collections.abc import Awaitable, Callable
from typing import Protocol

OnUpdate = Callable[[str], Awaitable[None]]


class MarketUpdates(Protocol):
    """Subscribes to updates, which the fetch lock publishes with each release.

    Updates may be late or lost, so they only speed things up; nothing may depend on them.
    """

    async def subscribe(self, on_update: OnUpdate) -> None:
        """Call `on_update` with the name of each exchange that may have newer market data, until cancelled.

        After every lost connection it is called for all exchanges, because updates may have been missed. An exception
        from `on_update` ends the subscription.
        """
        ...
