"""Assembles the `MarketData` of one exchange."""

from collections.abc import Callable, Iterable
from functools import partial

from application.concurrency.cooperative import yield_to_event_loop
from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.completeness import Completeness
from application.market_data.confirmation import Confirmation
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_coordinator import FetchCoordinator
from application.market_data.fetch_spacing import FetchSpacing
from application.market_data.freshness import Generations
from application.market_data.lag_limit import fetched_in_time
from application.market_data.limits import MarketLimits
from application.market_data.listing_guard import ListingGuard
from application.market_data.market_data import MarketData
from application.market_data.market_depth import MarketDepth
from application.market_data.money_guard import MoneyGuard
from application.market_data.outlier_guard import OutlierGuard
from application.market_data.payload_source import PayloadSource
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.fetch_lock import FetchLock, Payload
from application.market_data.ports.market_cache import MarketCache
from application.market_data.ports.meter import MarketDataMeter, PriceSource
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


def assemble_market_data(  # noqa: PLR0913 -- one for each part
    *,
    exchange: Exchange,
    cache: MarketCache,
    fetch_lock: FetchLock,
    clock: Clock,
    generations: Generations,
    meter: MarketDataMeter,
    limits: MarketLimits,
    peers: dict[str, OutlierGuard] | None = None,
    streams_only: bool = False,
) -> MarketData:
    """Return market data whose two coalesced fetches share one circuit breaker and one fetch lock.

    `peers` is one dict for all exchanges that confirm each other's prices. With `streams_only`, no answer of the
    exchange has prices of all pairs: they come by its feed.
    """
    calls = ExchangeCalls(exchange.name, clock, meter)
    spacing = FetchSpacing(exchange, clock, meter)
    coordinator = FetchCoordinator(exchange.name, fetch_lock, calls, spacing)
    fetch_instruments = partial(fetched_in_time, exchange.fetch_instruments, limits.max_listing_lag_seconds)
    fetch_book_tickers = partial(fetched_in_time, exchange.fetch_book_tickers, limits.max_source_age_seconds)
    whole_pairs: Completeness[Instruments] = Completeness(limits.max_loss_percent)
    whole_books: Completeness[BookTickers] = Completeness(limits.max_loss_percent)

    peers = {} if peers is None else peers
    watchers: list[Callable[[BookTickers, bool], None]] = []
    guard = OutlierGuard(exchange.name, limits.max_jump_percent, peers, meter, streams_only=streams_only)

    listing_guard = ListingGuard(is_on=limits.max_jump_percent > 0)
    money_guard = MoneyGuard(exchange.name)

    def accept_instruments(newer: Instruments, source: PriceSource) -> Instruments:
        is_own = source is PriceSource.EXCHANGE
        screened = money_guard.named(listing_guard.screened(newer, is_own=is_own))
        whole_pairs.took(screened)
        guard.took(screened)
        meter.instruments_observed(screened)
        confirmed_pairs.took(is_own=is_own)
        return screened

    def accept_book_tickers(newer: BookTickers, source: PriceSource) -> BookTickers:
        is_own = source is PriceSource.EXCHANGE
        whole_books.took(newer)
        meter.book_tickers_observed(newer)
        screened = guard.screened(newer, is_own=is_own)
        confirmed_books.took(is_own=is_own)
        for watcher in watchers:
            watcher(screened, is_own)
        return screened

    async def compared(newer: BookTickers) -> None:
        await yield_to_event_loop()
        await guard.compare(newer)

    def screen(streamed: BookTickers, changed: Iterable[str] | None, is_own: bool) -> BookTickers:
        if streams_only:  # there is nothing to fetch that would confirm it
            return guard.screened_stream(streamed, changed, is_own=True)
        screened = guard.screened_stream(streamed, changed, is_own=is_own)
        confirmed_books.took(is_own=is_own)
        return screened

    instruments = PayloadSource(
        payload=Payload.INSTRUMENTS,
        fetch=partial(calls.make, partial(whole_pairs.checked, fetch_instruments)),
        read_cache=partial(cache.instruments, exchange.name),
        write_cache=cache.write_instruments,
    )
    book_tickers = PayloadSource(
        payload=Payload.BOOK_TICKERS,
        fetch=partial(calls.make, partial(whole_books.checked, fetch_book_tickers)),
        read_cache=partial(cache.book_tickers, exchange.name),
        write_cache=cache.write_book_tickers,
        prepare=compared,
    )
    coalesced = partial(
        CoalescedFetch,
        calls=calls,
        coordinator=coordinator,
        clock=clock,
        generations=generations,
        max_wait_seconds=limits.max_wait_seconds,
    )
    pairs = coalesced(source=instruments, accept=accept_instruments)
    books = coalesced(source=book_tickers, accept=accept_book_tickers)
    confirmed_pairs = Confirmation(listing_guard, pairs, limits.confirm_after_seconds)
    confirmed_books = Confirmation(guard, books, limits.confirm_after_seconds)
    order_books = exchange.order_books
    depth = (
        None
        if order_books is None
        else MarketDepth(
            books=order_books,
            calls=calls,
            spacing=spacing,
            generations=generations,
            clock=clock,
            max_lag_seconds=limits.max_source_age_seconds,
        )
    )
    return MarketData(
        exchange=exchange,
        depth=depth,
        calls=calls,
        spacing=spacing,
        instruments=pairs,
        book_tickers=books,
        clock=clock,
        meter=meter,
        limits=limits,
        watchers=watchers,
        screen=screen,
        money_guard=money_guard,
        streams_only=streams_only,
    )
