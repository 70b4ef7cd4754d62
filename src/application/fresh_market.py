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
from domain.market import Books, Listing, Market
from domain.routing import Routes

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
        self._routes: Routes | None = None
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

    @property
    def begun(self) -> int:
        """How many fetches of books have begun. Take it when a question comes, and hand it back as `since`."""
        return self._books.begun

    def held(self, not_before: float) -> Routes | None:
        """Return the routes at prices observed at or after `not_before`, None unless all they need is in hand."""
        listing = self._listing.held(self._clock.now() - self._listing_max_age_seconds)
        books = self._books.held(not_before)
        return None if listing is None or books is None else self.routes(listing, books)

    def routes(self, listing: Listing, books: Books) -> Routes:
        """Return the routes of this listing at these prices, the same object for as long as both stay."""
        routes = self._routes
        if routes is None or routes.market.listing is not listing or routes.market.books is not books:
            routes = self._routes = Routes(Market(listing, books))
        return routes

    async def listing(self, max_age_seconds: float | None = None) -> Listing:
        """Return a listing of the usual age at most, or of `max_age_seconds`. Raises `ExchangeUnavailable`."""
        bound = self._listing_max_age_seconds
        if max_age_seconds is not None:
            bound = min(bound, max_age_seconds)
        return await self._listing.get(self._clock.now() - bound)

    async def books(self, not_before: float | None, since: int | None = None) -> Books:
        """Return books observed at or after `not_before`, in Unix seconds, or else fetched after the question came.

        None takes only the latter; `since` is what `begun` was then. Raises `ExchangeUnavailable`.
        """
        held = None if not_before is None else self._books.held(not_before)
        if held is not None:
            self._meter.prices_had(self.name, Level.PROCESS)
            return held
        books = await self._books.get(not_before, since)
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
            cause = repr(failure.__cause__)[:200] if failure.__cause__ else None
            log.warning(
                "exchange_failed", exchange=self.name, reason=failure.reason.value, detail=failure.detail, cause=cause
            )
            self._meter.exchange_called(self.name, failure.reason)
            self._last_failure = failure
            if failure.retry_after_seconds is not None:
                self._closed_until = max(self._closed_until, self._clock.now() + failure.retry_after_seconds)
            raise
        self._meter.exchange_called(self.name, None)
        if self._clock.now() >= self._closed_until:  # the other call, sent before the pause began, proves nothing
            self._last_failure = None
        return fetched
