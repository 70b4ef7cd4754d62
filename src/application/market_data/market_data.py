"""One exchange's market, no older than the caller bears: from this process, else the cache, else the exchange."""

from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from application.market_data.circuit_breaker import BreakerState
from application.market_data.coalesced_fetch import CoalescedFetch, Observed
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_coordinator import FetchCoordinator
from application.market_data.ports.exchange import Exchange, Usage
from application.market_data.ports.fetch_lock import FetchLock, Payload
from application.market_data.ports.market_cache import MarketCache
from application.market_data.ports.meter import Level, Meter
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.routing import Routes

T = TypeVar("T", bound=Observed)


@dataclass(frozen=True, slots=True)
class MarketStatus:
    """What is known of an exchange without asking it. Times in Unix seconds, None for never.

    `last_failure` is None once a later call has gone well.
    """

    exchange: str
    instruments_observed_at: float | None
    book_tickers_observed_at: float | None
    last_failure: ExchangeUnavailable | None
    breaker: BreakerState


class MarketData:
    """One exchange behind its two shared fetches, and both behind its breaker and its turn.

    The breaker stands before the exchange and not before the cache: what another process has fetched still serves.
    """

    def __init__(
        self,
        *,
        exchange: Exchange,
        cache: MarketCache,
        fetch_lock: FetchLock,
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
        fetch_coordinator = FetchCoordinator(exchange.name, fetch_lock, self._calls)
        self._instruments: CoalescedFetch[Instruments] = CoalescedFetch(
            payload=Payload.LISTING,
            clock=clock,
            fetch_lock=fetch_coordinator,
            fetch=partial(self._calls.make, exchange.fetch_instruments),
            read_cache=partial(cache.instruments, exchange.name),
            write_cache=cache.keep_instruments,
            on_newer=self._instruments_observed,
        )
        self._book_tickers: CoalescedFetch[BookTickers] = CoalescedFetch(
            payload=Payload.BOOKS,
            clock=clock,
            fetch_lock=fetch_coordinator,
            fetch=partial(self._calls.make, exchange.fetch_book_tickers),
            read_cache=partial(cache.book_tickers, exchange.name),
            write_cache=cache.keep_book_tickers,
            on_newer=self._book_tickers_observed,
        )

    @property
    def usage(self) -> Usage | None:
        """What the exchange told last of its rate limit."""
        return self._exchange.usage

    @property
    def begun(self) -> int:
        """How many fetches of books have begun. Take it when a question comes, and hand it back as `since`."""
        return self._book_tickers.begun

    @property
    def last_known(self) -> MarketSnapshot | None:
        """The newest listing and prices in hand, however old; None before there were any."""
        instruments, book_tickers = self._instruments.newest, self._book_tickers.newest
        return None if instruments is None or book_tickers is None else MarketSnapshot(instruments, book_tickers)

    def held_instruments(self) -> Instruments | None:
        """Return the listing in hand if it is young enough, without waiting for anything."""
        return self._instruments.held(self._clock.now() - self._listing_max_age_seconds)

    def held(self, not_before: float) -> Routes | None:
        """Return the routes at prices observed at or after `not_before`, None unless all they need is in hand."""
        instruments, book_tickers = self.held_instruments(), self._book_tickers.held(not_before)
        return None if instruments is None or book_tickers is None else self.routes(instruments, book_tickers)

    def routes(self, instruments: Instruments, book_tickers: BookTickers) -> Routes:
        """Return the routes of this listing at these prices, the same object for as long as both stay."""
        routes = self._routes
        if (
            routes is None
            or routes.market.instruments is not instruments
            or routes.market.book_tickers is not book_tickers
        ):
            routes = self._routes = Routes(MarketSnapshot(instruments, book_tickers))
        return routes

    async def instruments(self, max_age_seconds: float | None = None) -> Instruments:
        """Return a listing of the usual age at most, or of `max_age_seconds`. Raises `ExchangeUnavailable`."""
        bound = self._listing_max_age_seconds
        if max_age_seconds is not None:
            bound = min(bound, max_age_seconds)
        return await self._got(self._instruments, self._clock.now() - bound)

    async def book_tickers(self, not_before: float | None, since: int | None = None) -> BookTickers:
        """Return books observed at or after `not_before`, in Unix seconds, or else fetched after the question came.

        None takes only the latter; `since` is what `begun` was then. Raises `ExchangeUnavailable`.
        """
        held = None if not_before is None else self._book_tickers.held(not_before)
        if held is not None:
            self._meter.prices_had(self.name, Level.PROCESS)
            return held
        book_tickers = await self._got(self._book_tickers, not_before, since)
        self._meter.prices_had(self.name, Level.CACHE if self._book_tickers.is_from_cache else Level.EXCHANGE)
        return book_tickers

    async def load(self) -> None:
        """Take what other processes have fetched, where it is newer than what is in hand."""
        await self._instruments.load()
        await self._book_tickers.load()
        self._index()

    async def refresh(self, listing_max_age_seconds: float) -> None:
        """Have prices fetched now, and the listing where it is older than that or than usual.

        Raises `ExchangeUnavailable`, after both have been tried.
        """
        failure: ExchangeUnavailable | None = None
        try:
            await self._got(self._book_tickers, None)
        except ExchangeUnavailable as error:
            failure = error
        await self.instruments(listing_max_age_seconds)
        self._index()
        if failure is not None:
            raise failure

    def _index(self) -> None:
        """Make the routes ready, so that no request pays for it."""
        instruments, book_tickers = self._instruments.newest, self._book_tickers.newest
        if instruments is not None and book_tickers is not None:
            self.routes(instruments, book_tickers)

    def status(self) -> MarketStatus:
        """Tell what is known without asking."""
        instruments, book_tickers = self._instruments.newest, self._book_tickers.newest
        return MarketStatus(
            exchange=self.name,
            instruments_observed_at=instruments.observed_at if instruments else None,
            book_tickers_observed_at=book_tickers.observed_at if book_tickers else None,
            last_failure=self._calls.last_failure,
            breaker=self._calls.state,
        )

    async def close(self) -> None:
        """End the fetches under way."""
        await self._instruments.close()
        await self._book_tickers.close()

    async def _got(self, shared: CoalescedFetch[T], not_before: float | None, since: int | None = None) -> T:
        since = shared.begun if since is None else since
        if shared.is_fetching and shared.young(not_before, since) is None:
            self._calls.refuse_while_probing()  # rather than wait for it: it may well hang
        return await shared.get(not_before, since)

    def _instruments_observed(self, instruments: Instruments, is_from_cache: bool) -> None:
        self._meter.instruments_observed(instruments)
        if is_from_cache:
            self._calls.went_well_elsewhere(instruments.observed_at)

    def _book_tickers_observed(self, book_tickers: BookTickers, is_from_cache: bool) -> None:
        self._meter.book_tickers_observed(book_tickers)
        if is_from_cache:
            self._calls.went_well_elsewhere(book_tickers.observed_at)
