"""Ask an exchange itself when what others have cached does not suffice."""

import asyncio
from contextlib import suppress
from typing import Generic, Protocol

from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.payload_source import T
from domain.rates.errors import ExchangeUnavailable

# The pause doubles up to this while prices remain held back, since some keep jumping, or while fetches fail.
MAX_PAUSE_SECONDS = 60.0


class Guard(Protocol):
    """Knows how far this process may rely on what others fetched."""

    @property
    def own_fetch_within_seconds(self) -> float | None:
        """How long after its last fetch from the exchange itself this process needs another; None for never."""
        ...


class Confirmation(Generic[T]):
    """Fetches one payload from the exchange itself whenever its guard needs that: nothing else might do so."""

    def __init__(self, guard: Guard, fetches: CoalescedFetch[T], after_seconds: float) -> None:
        """What is urgent is fetched after `after_seconds`."""
        self._guard = guard
        self._fetches = fetches
        self._after_seconds = after_seconds
        self._pause_seconds = after_seconds
        self._own_at: float | None = None  # at first, when the first value came
        self._planned: asyncio.Task[None] | None = None
        self._planned_at = 0.0
        self._is_fetching = False

    def took(self, *, is_own: bool) -> None:
        """Plan the next fetch, now that the guard has seen another value."""
        if is_own or self._own_at is None:
            self._own_at = asyncio.get_running_loop().time()
        if is_own and self._guard.own_fetch_within_seconds != 0:
            self._pause_seconds = self._after_seconds
        self._plan()

    def _plan(self) -> None:
        within_seconds = self._guard.own_fetch_within_seconds
        if self._is_fetching or within_seconds is None or self._own_at is None:
            return
        due_at = max(asyncio.get_running_loop().time() + self._pause_seconds, self._own_at + within_seconds)
        if self._planned is not None and not self._planned.done():
            if self._planned_at <= due_at:
                return  # by then it sees whether it is still needed
            self._planned.cancel()
        self._planned_at = due_at
        self._planned = self._fetches.run_in_background(self._fetch_at(due_at))

    async def _fetch_at(self, due_at: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(due_at - loop.time())
        within_seconds = self._guard.own_fetch_within_seconds
        if within_seconds is not None and self._own_at is not None and loop.time() >= self._own_at + within_seconds:
            await self._fetch()
        self._planned = None
        self._plan()

    async def _fetch(self) -> None:
        self._is_fetching = True
        self._pause_seconds = min(2 * self._pause_seconds, MAX_PAUSE_SECONDS)
        try:
            with suppress(ExchangeUnavailable):
                await self._fetches.fetch()
                self.took(is_own=True)
        finally:
            self._is_fetching = False
