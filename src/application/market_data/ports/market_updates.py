"""Hearing of what other processes have fetched."""

from collections.abc import Awaitable, Callable
from typing import Protocol

OnUpdate = Callable[[str], Awaitable[None]]


class MarketUpdates(Protocol):
    """News may be late and may be lost; nobody may rely on them for more than to be quick."""

    async def follow(self, heard: OnUpdate) -> None:
        """Call `heard` with the name of each exchange of which there may be something newer. Goes on until cancelled.

        After every break it is called for all of them, since news may have been missed. What it raises ends this.
        """
        ...
