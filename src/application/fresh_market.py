"""One exchange's market, no older than the caller bears: from this process, else the cache, else the exchange."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from application.ports.clock import Clock
from application.ports.exchange import Exchange
from application.ports.market_cache import MarketCache
from application.ports.meter import Level, Meter
from application.shared_fetch import SharedFetch
from domain.errors import ExchangeUnavailable, FailureReason
from domain.market import Books, Listing

log = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MarketStatus:
    """What is known of an exchange without asking it. Times in Unix seconds, None for never.

    `last_failure` is None once a later call has gone well.
    """

    exchange: str
    listing_observed_at: float | None
    books_observed_at: float | None
    last_failure: ExchangeUnavailable | None


class FreshMarket:
    """One exchange behind its two shared fetches.

    After an exchange has asked to be left alone (`retry_after_seconds`) it is not called until that time has passed:
    going on turns Binance's 429 into a ban of up to three days.
    """

    def __init__(
        self, *, exchange: Exchange, cache: MarketCache, clock: Clock, meter: Meter, listing_max_age_seconds: float
    ) -> None:
        self.name = exchange.name
        self._clock = clock
        self._meter = meter
        self._listing_max_age_seconds = listing_max_age_seconds
        self._closed_until = 0.0
        self._last_failure: ExchangeUnavailable | None = None
        self._listing: SharedFetch[Listing] = SharedFetch(
            exchange=exchange.name,
            clock=clock,
            fetch=lambda: self._asked(exchange.fetch_listing),
            read_cache=cache.listing,
            write_cache=cache.keep_listing,
            on_newer=meter.listing_observed,
        )
        self._books: SharedFetch[Books] = SharedFetch(
            exchange=exchange.name,
            clock=clock,
            fetch=lambda: self._asked(exchange.fetch_books),
            read_cache=cache.books,
            write_cache=cache.keep_books,
            on_newer=meter.books_observed,
        )

    def held_listing(self) -> Listing | None:
        """Return the listing in hand if it is young enough, without waiting for anything."""
        return self._listing.held(self._clock.now() - self._listing_max_age_seconds)

    def held_books(self, not_before: float) -> Books | None:
        """Return the books in hand if observed at or after `not_before`, without waiting for anything."""
        books = self._books.held(not_before)
        if books is not None:
            self._meter.prices_had(self.name, Level.PROCESS)
        return books

    async def listing(self, max_age_seconds: float | None = None) -> Listing:
        """Return a listing of the usual age at most, or of `max_age_seconds`. Raises `ExchangeUnavailable`."""
        bound = self._listing_max_age_seconds
        if max_age_seconds is not None:
            bound = min(bound, max_age_seconds)
        return await self._listing.get(self._clock.now() - bound)

    async def books(self, not_before: float) -> Books:
        """Return books observed at or after `not_before`, in Unix seconds. Raises `ExchangeUnavailable`."""
        held = self.held_books(not_before)
        if held is not None:
            return held
        books = await self._books.get(not_before)
        self._meter.prices_had(self.name, Level.CACHE if self._books.is_from_cache else Level.EXCHANGE)
        return books

    def status(self) -> MarketStatus:
        """Tell what is known without asking."""
        listing, books = self._listing.newest, self._books.newest
        return MarketStatus(
            exchange=self.name,
            listing_observed_at=listing.observed_at if listing else None,
            books_observed_at=books.observed_at if books else None,
            last_failure=self._last_failure,
        )

    async def close(self) -> None:
        """End the fetches under way."""
        await self._listing.close()
        await self._books.close()

    async def _asked(self, fetch: Callable[[], Awaitable[T]]) -> T:
        left = self._closed_until - self._clock.now()
        if left > 0:
            detail = "asked to be left alone for a while"
            raise ExchangeUnavailable(self.name, FailureReason.RATE_LIMITED, detail, retry_after_seconds=left)
        try:
            fetched = await fetch()
        except ExchangeUnavailable as failure:
            log.warning("exchange_failed", exchange=self.name, reason=failure.reason.value, detail=failure.detail)
            self._meter.exchange_called(self.name, failure.reason)
            self._last_failure = failure
            if failure.retry_after_seconds is not None:
                self._closed_until = max(self._closed_until, self._clock.now() + failure.retry_after_seconds)
            raise
        self._meter.exchange_called(self.name, None)
        self._last_failure = None
        return fetched
