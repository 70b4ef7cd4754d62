"""One exchange's order books, as fresh as the caller requires: from memory, or fetched once for all who ask."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from cachetools import LRUCache

from application.concurrency.single_flight import SingleFlight
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_spacing import FetchSpacing
from application.market_data.freshness import Arrival, Generations, is_fresh
from application.market_data.lag_limit import fetched_in_time, stale
from application.market_data.ports.order_books import OrderBooks
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable
from domain.rates.order_book import OrderBook

# Some 100 kB each.
MOST_BOOKS = 100


@dataclass(frozen=True, slots=True)
class _Fetched:
    book: OrderBook
    generation: int

    def satisfies(self, not_before: float | None, arrival: Arrival) -> bool:
        if self.generation > arrival.generation:
            return not_before is None or self.book.observed_at >= not_before
        return not_before is not None and is_fresh(self.book.observed_at, not_before, arrival.at)


class MarketDepth:
    """Fetches the order book of one symbol at a time, and keeps those last used.

    Unlike prices, order books are not shared between processes: their calls count together only through what the
    exchange itself tells of its rate limit.
    """

    def __init__(
        self,
        *,
        books: OrderBooks,
        calls: ExchangeCalls,
        spacing: FetchSpacing,
        generations: Generations,
        clock: Clock,
        max_lag_seconds: float,
    ) -> None:
        self._books = books
        self._calls = calls
        self._spacing = spacing
        self._generations = generations
        self._clock = clock
        self._max_lag_seconds = max_lag_seconds
        self._fetched: LRUCache[str, _Fetched] = LRUCache(MOST_BOOKS)
        self._flights: SingleFlight[str, _Fetched] = SingleFlight()

    @property
    def standard_taker_fee(self) -> Decimal:
        """What an account without any discount pays, as a share of what it receives."""
        return self._books.standard_taker_fee

    async def get(self, symbol: str, not_before: float | None, arrival: Arrival) -> OrderBook:
        """Return a book observed at or after `not_before`, in Unix seconds; with None, one fetched after the arrival.

        Raises `ExchangeUnavailable`, and leaves a second attempt to the caller.
        """
        fetched = self._fetched.get(symbol)
        while fetched is None or not fetched.satisfies(not_before, arrival):
            if fetched is not None and fetched.generation > arrival.generation:
                raise stale(fetched.book, arrival.at)  # new, and too old by the exchange's own word
            try:
                fetched = await self._flights.run(symbol, partial(self._fetch, symbol))
            except ExchangeUnavailable as failure:
                raise replace(failure) from failure  # a copy: several callers raise it
        return fetched.book

    async def close(self) -> None:
        """Cancel the fetches in flight."""
        await self._flights.close()

    async def _fetch(self, symbol: str) -> _Fetched:
        self._calls.raise_if_open()
        await self._spacing.make_room(self._books.order_book_weight)
        generation = self._generations.next()
        fetch = partial(self._books.fetch_order_book, symbol)
        book = await self._calls.make(partial(fetched_in_time, fetch, self._max_lag_seconds), is_of_one_symbol=True)
        fetched = self._fetched[symbol] = _Fetched(book, generation)
        return fetched
