"""How to fetch one payload of one exchange, and how to read and write it in the cache."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from application.concurrency.cooperative import yield_to_event_loop
from application.market_data.ports.fetch_lock import Payload
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments

T = TypeVar("T", bound=Instruments | BookTickers)


@dataclass(frozen=True, slots=True)
class PayloadSource(Generic[T]):
    """`fetch` raises `ExchangeUnavailable`, the others `CacheUnavailable`.

    Reading takes the fencing token of the earliest fetch whose value will do, writing that of the fetch. `prepare` gets
    each value before it is used, and yields to the event loop: using it takes a slice of its own.
    """

    payload: Payload
    fetch: Callable[[], Awaitable[T]]
    read_cache: Callable[[int], Awaitable[T | None]]
    write_cache: Callable[[T, int], Awaitable[None]]
    prepare: Callable[[T], Awaitable[None]] = lambda _: yield_to_event_loop()
