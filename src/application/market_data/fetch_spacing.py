"""Keeps the fetches of one exchange within its rate limit, and a part of that for the market sync."""

import asyncio

import structlog

from application.market_data.errors import throttled
from application.market_data.ports.exchange import Exchange, Quota, Usage
from application.market_data.ports.fetch_lock import Payload, Spacing
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable

# Of what the exchange allows, fetches for requests may use so much, those for the sync included. The sync may use more.
ON_DEMAND_SHARE = 0.6

# Of that share, so much may be used without a pause; the rest is spread over the window.
BURST_SHARE = 0.25

# A request waits no longer than this for its fetch to be far enough from others.
MAX_SPACING_SECONDS = 1.0

log = structlog.get_logger()


class FetchSpacing:
    """What each fetch books, and whether the exchange itself has told that the share is used up.

    The bookings are kept by the fetch lock, for all processes; while it is unavailable, each process has its own.
    """

    def __init__(self, exchange: Exchange, clock: Clock, meter: MarketDataMeter) -> None:
        self._exchange = exchange
        self._clock = clock
        self._meter = meter
        self._booked_until = 0.0
        self._logged_until = 0.0

    def of(self, payload: Payload, *, is_for_sync: bool) -> Spacing | None:
        """Return what a fetch books, None where the exchange has no limit."""
        quota = self._exchange.quota
        return None if quota is None else _spacing(quota, quota.weights[payload], is_for_sync=is_for_sync)

    async def make_room(self, weight: int) -> None:
        """Book a call whose answer this process keeps for itself, and wait until it may be made.

        Raises `ExchangeUnavailable` if that takes too long, or the rest is kept for the sync.
        """
        try:
            self.raise_if_closed()
            quota = self._exchange.quota
            spacing = None if quota is None else _spacing(quota, weight, is_for_sync=False)
            while spacing is not None and (seconds := self.book(spacing)):
                if seconds > MAX_SPACING_SECONDS:
                    raise throttled(self._exchange.name, seconds)
                await asyncio.sleep(seconds)
        except ExchangeUnavailable:
            self.refused()
            raise

    def closed_seconds(self) -> float:
        """Return for how long the rest is kept for the sync, as the last answer of the exchange tells; 0 for not."""
        usage, now = self._exchange.usage, self._clock.now()
        if usage is None or now >= usage.until or usage.used < ON_DEMAND_SHARE * usage.limit:
            return 0.0
        self._log(usage, now)
        return usage.until - now

    def book(self, spacing: Spacing) -> float:
        """Book a fetch in this process alone; or return how long it must wait instead."""
        now = self._clock.now()
        booked_seconds = max(0.0, self._booked_until - now)
        wait_seconds = spacing.wait_seconds(booked_seconds)
        if not wait_seconds:
            self._booked_until = now + spacing.booked_seconds(booked_seconds)
        return wait_seconds

    def raise_if_closed(self) -> None:
        """Raise `ExchangeUnavailable` while no fetch may be made for a request, as far as this process knows."""
        if closed_seconds := self.closed_seconds():
            raise throttled(self._exchange.name, closed_seconds)

    def refused(self) -> None:
        """Count a fetch that was not made."""
        self._meter.fetch_throttled(self._exchange.name)

    def _log(self, usage: Usage, now: float) -> None:
        if now >= self._logged_until:  # once for each window
            self._logged_until = usage.until
            log.warning("fetches_throttled", exchange=self._exchange.name, used=usage.used, limit=usage.limit)


def _spacing(quota: Quota, weight: int, *, is_for_sync: bool) -> Spacing | None:
    if quota.limit <= 0:
        return None
    share = quota.limit * ON_DEMAND_SHARE
    weight_per_second = share * (1 - BURST_SHARE) / quota.window_seconds
    return Spacing(
        seconds=weight / weight_per_second,
        burst_seconds=share * BURST_SHARE / weight_per_second,
        is_for_sync=is_for_sync,
    )
