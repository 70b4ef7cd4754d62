"""What one watcher of rates has not seen yet: the latest of each pair, however often it changed."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.errors import CrossrateError
from domain.pair import Pair
from domain.rates.book import RateType
from domain.rates.conversion import Conversion


@dataclass(frozen=True, slots=True)
class WatchedPair:
    """A pair and how it is priced. The rate is that of converting one `base` into `quote`."""

    pair: Pair
    rate_type: RateType = RateType.MID


@dataclass(frozen=True, slots=True, eq=False)
class LiveRate:
    """The conversion of one base, or why there is none. A later rate, of whichever pair, has a higher version."""

    watched: WatchedPair
    version: int
    outcome: Conversion | CrossrateError


class Watch:
    """The rates that a watcher has yet to see: at most one of each pair, so a slow watcher misses rates in between."""

    def __init__(self, watched: Collection[WatchedPair]) -> None:
        self.watched = frozenset(watched)
        self.is_over = False
        self._unseen: dict[WatchedPair, LiveRate] = {}
        self._wake = asyncio.Event()

    def update(self, rate: LiveRate) -> None:
        """Replace what the watcher has not seen of this pair; `wake` tells it."""
        self._unseen[rate.watched] = rate

    def wake(self) -> None:
        """Tell the watcher that there is something that it has not seen."""
        if self._unseen:
            self._wake.set()

    def end(self) -> None:
        """Tell the watcher that no more rates will come."""
        self.is_over = True
        self._wake.set()

    async def changes(self, timeout_seconds: float) -> Sequence[LiveRate]:
        """Wait for changes and return them in the order of their versions; none after the timeout, or at the end."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._wake.wait()
        except TimeoutError:
            return ()
        self._wake.clear()
        unseen = sorted(self._unseen.values(), key=lambda rate: rate.version)
        self._unseen.clear()
        return unseen
