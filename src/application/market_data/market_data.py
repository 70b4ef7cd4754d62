"""One exchange's market, as fresh as the caller requires: from memory, the cache or the exchange, in this order."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from application.market_data.circuit_breaker import BreakerState
from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_spacing import FetchSpacing
from application.market_data.freshness import are_all_from, is_fresh
from application.market_data.lag_limit import stale_stream
from application.market_data.limits import MarketLimits
from application.market_data.market import Market
from application.market_data.market_depth import MarketDepth
from application.market_data.money_guard import MoneyGuard
from application.market_data.ports.exchange import Exchange, Usage
from application.market_data.ports.meter import MarketDataMeter, PriceSource
from application.ports.clock import Clock
from domain.currency import Currency
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.reference_rates import ReferenceRates
from domain.rates.routing import Routes

# A feed whose newest proof is older than this is not live: prices are fetched instead.
LIVE_SECONDS = 3.0

# A little less than a minute, from which age on a list of pairs is fetched again before "not listed" is answered.
SNAPSHOT_EVERY_SECONDS = 50.0


NO_COINS: frozenset[Currency] = frozenset()


@dataclass(frozen=True, slots=True)
class MarketStatus:
    """What is known about an exchange without calling it. Times are in Unix seconds, None for never.

    `last_failure` is None once a later call has succeeded.
    """

    exchange: str
    instruments_observed_at: float | None
    book_tickers_observed_at: float | None
    last_failure: ExchangeUnavailable | None
    breaker: BreakerState


class MarketData(Market):
    """Returns instruments and prices no older than the caller's bound.

    The circuit breaker guards the exchange only: values in the cache are used whatever its state.
    """

    def __init__(  # noqa: PLR0913 -- one for each part
        self,
        *,
        exchange: Exchange,
        calls: ExchangeCalls,
        spacing: FetchSpacing,
        instruments: CoalescedFetch[Instruments],
        book_tickers: CoalescedFetch[BookTickers],
        clock: Clock,
        meter: MarketDataMeter,
        limits: MarketLimits,
        watchers: list[Callable[[BookTickers, bool], None]],
        screen: Callable[[BookTickers, Iterable[str] | None, bool], BookTickers],
        money_guard: MoneyGuard,
        depth: MarketDepth | None = None,
        streams_only: bool = False,
    ) -> None:
        """`watchers` are called as `watch` says. `screen` holds back streamed prices that jump.

        `depth` is None where there are no order books. With `streams_only`, prices come by the feed alone.
        """
        self._streams_only = streams_only
        self._watchers = watchers
        self._screen = screen
        self._money_guard = money_guard
        self.name = exchange.name
        self.depth = depth
        self._exchange = exchange
        self._calls = calls
        self._spacing = spacing
        self._instruments = instruments
        self._book_tickers = book_tickers
        self._clock = clock
        self._meter = meter
        self._listing_max_age_seconds = limits.listing_max_age_seconds
        self._spread_bounds = limits.spread
        self._routes: Routes | None = None
        self._streamed: BookTickers | None = None

    @property
    def usage(self) -> Usage | None:
        """The last reported use of the exchange's rate limit, None before any report."""
        return self._exchange.usage

    @property
    def is_answering(self) -> bool:
        """Whether the last call has not failed, and the breaker is closed."""
        return self._calls.last_failure is None and self._calls.state is BreakerState.CLOSED

    @property
    def are_instruments_coming(self) -> bool:
        """Whether instruments are being fetched for somebody."""
        return self._instruments.is_coming

    @property
    def newest(self) -> MarketSnapshot | None:
        """The newest market in memory, of any age; None before the first."""
        routes = self.routes_of_any_age()
        return None if routes is None else routes.market

    @property
    def has_currency_names(self) -> bool:
        """Whether the exchange tells names of currencies."""
        return self._exchange.currency_names is not None

    async def currency_names(self) -> Mapping[str, str]:
        """Fetch the exchange's names of currencies, by its own tickers. Raises `ExchangeUnavailable`.

        What is wrong with them alone says nothing of its prices, so they are no probe of the exchange either.
        """
        source = self._exchange.currency_names
        if source is None:
            return {}
        await self._spacing.make_room(source.currency_names_weight)
        self._calls.raise_unless_closed()
        return await self._calls.make(source.fetch_currency_names, is_of_one_symbol=True)

    def instruments_in_memory(self, now: float) -> Instruments | None:
        """Return the instruments in memory if they are fresh enough at `now`, in Unix seconds; else None."""
        return self._instruments.fresh(now - self._listing_max_age_seconds, now)

    def routes_in_memory(self, not_before: float | None, now: float) -> Routes | None:
        """Return the routes at prices observed at or after `not_before`; None unless all data is in memory."""
        if not_before is None:
            return None
        book_tickers = self._prices_in_memory(not_before, now)
        if book_tickers is None:
            return None
        instruments = self._instruments.fresh(now - self._listing_max_age_seconds, now)
        return None if instruments is None else self.routes(instruments, book_tickers)

    def routes(self, instruments: Instruments, book_tickers: BookTickers) -> Routes:
        """Return the routes over these instruments at these prices: the same object while both stay the same."""
        routes = self._routes
        if (
            routes is None
            or routes.market.instruments is not instruments
            or routes.market.book_tickers is not book_tickers
        ):
            routes = self._routes = self._built(instruments, book_tickers)
        return routes

    def _built(self, instruments: Instruments, book_tickers: BookTickers) -> Routes:
        guard, now = self._money_guard, self._clock.now()
        routes = self._over(guard.named(instruments), book_tickers)
        if guard.is_due(routes, now):
            listed = instruments.with_coins(NO_COINS)
            is_listed = listed is routes.market.instruments
            if guard.finds_change(routes if is_listed else self._over(listed, book_tickers), now):
                newest = self._instruments.newest
                self._instruments.newest = newest and guard.named(newest)
                routes = self._over(guard.named(instruments), book_tickers)
        return routes

    def _over(self, instruments: Instruments, book_tickers: BookTickers) -> Routes:
        return Routes(MarketSnapshot(instruments, book_tickers, self._spread_bounds))

    def routes_of_any_age(self) -> Routes | None:
        """Return the routes over the newest data in memory, however old; None before the first."""
        instruments, book_tickers = self._instruments.newest, self._newest_prices
        return None if instruments is None or book_tickers is None else self.routes(instruments, book_tickers)

    async def instruments(self, max_age_seconds: float | None = None, *, is_for_sync: bool = False) -> Instruments:
        """Return instruments no older than the setting, or than `max_age_seconds`. Raises `ExchangeUnavailable`."""
        bound = self._listing_max_age_seconds
        if max_age_seconds is not None:
            bound = min(bound, max_age_seconds)
        return await self._instruments.get(self._clock.now() - bound, is_for_sync=is_for_sync)

    async def book_tickers(
        self, not_before: float | None, generation: int | None = None, *, is_whole: bool = False
    ) -> BookTickers:
        """Return book tickers observed at or after `not_before`, in Unix seconds, or fetched after the caller arrived.

        With None only the latter will do. `generation` is that of the arrival, by default now. Some symbols' books may
        be older, unless `is_whole`. Where prices are only streamed, older books are left out instead. Raises
        `ExchangeUnavailable`.
        """
        if self._streams_only:
            return self._streamed_since(not_before)
        fresh = None if not_before is None else self._prices_in_memory(not_before, self._clock.now())
        if fresh is not None and is_whole and not_before is not None and not are_all_from(fresh, not_before):
            fresh = self._book_tickers.fresh(not_before, self._clock.now())
        if fresh is not None:
            self._meter.prices_served(self.name, PriceSource.PROCESS)
            return fresh
        book_tickers = await self._book_tickers.get(not_before, generation)
        source = PriceSource.CACHE if self._book_tickers.is_from_cache else PriceSource.EXCHANGE
        self._meter.prices_served(self.name, source)
        return book_tickers

    def listed_symbols(self) -> Collection[str]:
        """Return the symbols of the newest instruments; none before the first."""
        newest = self._instruments.newest
        return () if newest is None else newest.pairs.ends.keys()

    def take_bank_rates(self, rates: ReferenceRates) -> None:
        """Tell money from coins by these rates."""
        self._money_guard.took_rates(rates)
        self._routes = None
        self._index()

    def watch(self, on_books: Callable[[BookTickers, bool], None]) -> None:
        """Call `on_books` with all books that are fetched from now on, and whether this process fetched them itself."""
        self._watchers.append(on_books)

    def take_streamed(self, book_tickers: BookTickers, changed: Iterable[str] | None, *, is_own: bool) -> None:
        """Use these books, which a feed has brought, until there are newer ones.

        `changed` are the symbols that have changed since the books before them, None for all; `is_own` if this process
        got them from the exchange itself.
        """
        self._streamed = self._screen(book_tickers, changed, is_own)
        self._meter.book_tickers_observed(book_tickers)
        self._index()

    def needs_fetch(self, now: float) -> bool:
        """Tell whether the sync should fetch: not while a feed is live, except for a snapshot about each minute.

        Where prices are only streamed, the list of pairs is fetched as often.
        """
        if self._streams_only:
            listed = self._instruments.newest
            return listed is None or not 0 <= now - listed.fetched_at < SNAPSHOT_EVERY_SECONDS
        fetched, streamed = self._book_tickers.newest, self._streamed
        if fetched is None or streamed is None or not 0 <= now - streamed.observed_at < LIVE_SECONDS:
            return True
        return not 0 <= now - fetched.observed_at < SNAPSHOT_EVERY_SECONDS

    async def load(self) -> None:
        """Load from the cache whatever is newer than the values in memory."""
        await self._instruments.load()
        await self._book_tickers.load()
        self._index()

    async def refresh(self, listing_max_age_seconds: float) -> None:
        """Fetch prices now, and instruments older than `listing_max_age_seconds` or the setting.

        Raises `ExchangeUnavailable` after trying both.
        """
        failure: ExchangeUnavailable | None = None
        try:
            if not self._streams_only:
                await self._book_tickers.get(None, is_for_sync=True)
        except ExchangeUnavailable as error:
            failure = error
        await self.instruments(listing_max_age_seconds, is_for_sync=True)
        self._index()
        if failure is not None:
            raise failure

    def status(self) -> MarketStatus:
        """Return what is known without calling the exchange."""
        instruments, book_tickers = self._instruments.newest, self._newest_prices
        return MarketStatus(
            exchange=self.name,
            instruments_observed_at=instruments.observed_at if instruments else None,
            book_tickers_observed_at=book_tickers.observed_at if book_tickers else None,
            last_failure=self._calls.last_failure,
            breaker=self._calls.state,
        )

    async def close(self) -> None:
        """Cancel the fetches in flight."""
        await self._instruments.close()
        await self._book_tickers.close()
        if self.depth is not None:
            await self.depth.close()

    def _index(self) -> None:
        """Build the route index in advance, so that no request has to."""
        self.routes_of_any_age()

    @property
    def _newest_prices(self) -> BookTickers | None:
        fetched, streamed = self._book_tickers.newest, self._streamed
        if streamed is None or fetched is None:
            return streamed or fetched
        return streamed if streamed.observed_at >= fetched.observed_at else fetched

    def _streamed_since(self, not_before: float | None) -> BookTickers:
        streamed = self._streamed
        if streamed is None:
            raise stale_stream(self.name, "its prices come by its stream, which has brought none yet")
        if not_before is None:
            raise stale_stream(self.name, "its prices come by its stream alone, so that none can be fetched")
        newest = streamed if is_fresh(streamed.observed_at, not_before, self._clock.now()) else None
        found = None if newest is None else newest.since(not_before)
        if found is None:
            raise stale_stream(self.name, "its stream has brought no price that is new enough")
        self._meter.prices_served(self.name, PriceSource.PROCESS)
        return found

    def _prices_in_memory(self, not_before: float, now: float) -> BookTickers | None:
        newest = self._newest_prices
        return None if newest is None or not is_fresh(newest.observed_at, not_before, now) else newest
