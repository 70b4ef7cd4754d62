"""Routes that batches have found, kept for the next batch at the same prices."""

import weakref
from collections.abc import Sequence

from domain.rates.route import Route
from domain.rates.routing import MAX_CACHED_ROUTES, Routes

# What the currencies are called in the request.
Ends = tuple[str, str]


class KeptRoutes:
    """The routes over the same snapshots of the same exchanges.

    They are forgotten with the first of these, which they would keep in memory.
    """

    def __init__(self, over: Sequence[Routes]) -> None:
        self._over = [weakref.ref(each, self._forget) for each in over]
        self.by_ends: dict[Ends, Route] = {}

    def are_over(self, snapshots: Sequence[Routes]) -> bool:
        """Tell whether a search of these would find the same routes."""
        return all(mine() is each for mine, each in zip(self._over, snapshots, strict=True))

    def keep(self, ends: Ends, route: Route) -> None:
        """Keep a route that follows from the snapshots alone."""
        if len(self.by_ends) >= MAX_CACHED_ROUTES:
            self.by_ends.clear()
        self.by_ends[ends] = route

    def _forget(self, _: "weakref.ref[Routes]") -> None:
        self.by_ends.clear()
