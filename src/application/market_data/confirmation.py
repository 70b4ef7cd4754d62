"""Ask an exchange again soon after some of its prices were held back."""

import asyncio
from contextlib import suppress

from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.outlier_guard import OutlierGuard
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable

# The pause doubles up to this while prices remain held back: some keep jumping.
MAX_PAUSE_SECONDS = 60.0


class Confirmation:
    """Fetches from the exchange itself while prices are held back: without a market sync nothing else might do so."""

    def __init__(self, guard: OutlierGuard, prices: CoalescedFetch[BookTickers], after_seconds: float) -> None:
        self._guard = guard
        self._prices = prices
        self._after_seconds = after_seconds
        self._is_running = False

    def start_if_needed(self) -> None:
        """Fetch after a while, and again for as long as it is needed, in the background."""
        if self._guard.is_holding_back and not self._is_running:
            self._is_running = True
            self._prices.run_in_background(self._run())

    async def _run(self) -> None:
        pause_seconds = self._after_seconds
        try:
            while True:
                await asyncio.sleep(pause_seconds)
                if not self._guard.is_holding_back:
                    return
                with suppress(ExchangeUnavailable):
                    await self._prices.fetch()
                pause_seconds = min(2 * pause_seconds, MAX_PAUSE_SECONDS)
        finally:
            self._is_running = False
