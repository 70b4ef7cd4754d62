"""One exchange's market, no older than the caller bears: from this process, else the cache, else the exchange."""

from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from application.breaker import BreakerState
from application.exchange_calls import ExchangeCalls
from application.ports.clock import Clock
from application.ports.exchange import Exchange, Usage
from application.ports.market_cache import MarketCache
from application.ports.meter import Level, Meter
from application.ports.turns import Payload, Turns
from application.shared_fetch import Observed, SharedFetch
from application.turn_taking import TurnTaking
from domain.errors import ExchangeUnavailable
from domain.market import Books, Listing, Market
from domain.routing import Routes

T = TypeVar("T", bound=Observed)


@dataclass(frozen=True, slots=True)
class MarketStatus:
    """What is known of an exchange without asking it. Times in Unix seconds, None for never.

    `last_failure` is None once a later call has gone well.
    """

    exchange: str
    listing_observed_at: float | None
    books_observed_at: float | None
    last_failure: ExchangeUnavailable | None
    breaker: BreakerState


class FreshMarket:
    """One exchange behind its two shared fetches, and both behind its breaker and its turn.

    The breaker stands before the exchange and not before the cache: what another process has fetched still serves.
    """

    def __init__(
        self,
        *,
        exchange: Exchange,
        cache: MarketCache,
        turns: Turns,
        clock: Clock,
        meter: Meter,
        listing_max_age_seconds: float,
    ) -> None:
        self.name = exchange.name
        self._exchange = exchange
        self._clock = clock
        self._meter = meter
        self._listing_max_age_seconds = listing_max_age_seconds
        self._routes: Routes | None = None
        self._calls = ExchangeCalls(exchange.name, clock, meter)
        turn_taking = TurnTaking(exchange.name, turns, self._calls)
        self._listing: SharedFetch[Listing] = SharedFetch(
            payload=Payload.LISTING,
            clock=clock,
            turns=turn_taking,
            fetch=partial(self._calls.make, exchange.fetch_listing),
            read_cache=partial(cache.listing, exchange.name),
            write_cache=cache.keep_listing,
            on_newer=self._listing_observed,
        )
        self._books: SharedFetch[Books] = SharedFetch(
            payload=Payload.BOOKS,
            clock=clock,
            turns=turn_taking,
            fetch=partial(self._calls.make, exchange.fetch_books),
            read_cache=partial(cache.books, exchange.name),
            write_cache=cache.keep_books,
            on_newer=self._books_observed,
        )

    @property
    def usage(self) -> Usage | None:
        """What the exchange told last of its rate limit."""
        return self._exchange.usage

    @property
    def begun(self) -> int:
        """How many fetches of books have begun. Take it when a question comes, and hand it back as `since`."""
        return self._books.begun

    @property
    def last_known(self) -> Market | None:
        """The newest listing and prices in hand, however old; None before there were any."""
        listing, books = self._listing.newest, self._books.newest
        return None if listing is None or books is None else Market(listing, books)

    def held_listing(self) -> Listing | None:
        """Return the listing in hand if it is young enough, without waiting for anything."""
        return self._listing.held(self._clock.now() - self._listing_max_age_seconds)

    def held(self, not_before: float) -> Routes | None:
        """Return the routes at prices observed at or after `not_before`, None unless all they need is in hand."""
        listing, books = self.held_listing(), self._books.held(not_before)
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
        return await self._got(self._listing, self._clock.now() - bound)

    async def books(self, not_before: float | None, since: int | None = None) -> Books:
        """Return books observed at or after `not_before`, in Unix seconds, or else fetched after the question came.

        None takes only the latter; `since` is what `begun` was then. Raises `ExchangeUnavailable`.
        """
        held = None if not_before is None else self._books.held(not_before)
        if held is not None:
            self._meter.prices_had(self.name, Level.PROCESS)
            return held
        books = await self._got(self._books, not_before, since)
        self._meter.prices_had(self.name, Level.CACHE if self._books.is_from_cache else Level.EXCHANGE)
        return books

    async def load(self) -> None:
        """Take what other processes have fetched, where it is newer than what is in hand."""
        await self._listing.load()
        await self._books.load()
        self._index()

    async def refresh(self, listing_max_age_seconds: float) -> None:
        """Have prices fetched now, and the listing where it is older than that or than usual.

        Raises `ExchangeUnavailable`, after both have been tried.
        """
        failure: ExchangeUnavailable | None = None
        try:
            await self._got(self._books, None)
        except ExchangeUnavailable as error:
            failure = error
        await self.listing(listing_max_age_seconds)
        self._index()
        if failure is not None:
            raise failure

    def _index(self) -> None:
        """Make the routes ready, so that no request pays for it."""
        listing, books = self._listing.newest, self._books.newest
        if listing is not None and books is not None:
            self.routes(listing, books)

    def status(self) -> MarketStatus:
        """Tell what is known without asking."""
        listing, books = self._listing.newest, self._books.newest
        return MarketStatus(
            exchange=self.name,
            listing_observed_at=listing.observed_at if listing else None,
            books_observed_at=books.observed_at if books else None,
            last_failure=self._calls.last_failure,
            breaker=self._calls.state,
        )

    async def close(self) -> None:
        """End the fetches under way."""
        await self._listing.close()
        await self._books.close()

    async def _got(self, shared: SharedFetch[T], not_before: float | None, since: int | None = None) -> T:
        since = shared.begun if since is None else since
        if shared.is_fetching and shared.young(not_before, since) is None:
            self._calls.refuse_while_probing()  # rather than wait for it: it may well hang
        return await shared.get(not_before, since)

    def _listing_observed(self, listing: Listing, is_from_cache: bool) -> None:
        self._meter.listing_observed(listing)
        if is_from_cache:
            self._calls.went_well_elsewhere(listing.observed_at)

    def _books_observed(self, books: Books, is_from_cache: bool) -> None:
        self._meter.books_observed(books)
        if is_from_cache:
            self._calls.went_well_elsewhere(books.observed_at)
