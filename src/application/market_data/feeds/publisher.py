"""Publishes one exchange's streamed books to the other processes, in the background."""

import asyncio
from contextlib import suppress

from application.market_data.ports.streamed_updates import StreamedUpdate, StreamedUpdates
from domain.errors import CacheUnavailable
from domain.rates.book_tickers import BookTickers, Row

# A process that missed an update, or has just started, waits no longer than this for all books.
WHOLE_EVERY_SECONDS = 2.0


class Publisher:
    """Sends what has changed at each build, and all books from time to time.

    While a message is under way, no other is sent; those that were left out are made up for by all books.
    """

    def __init__(self, exchange: str, name: str, updates: StreamedUpdates) -> None:
        """`name` is this process's own."""
        self._exchange = exchange
        self._name = name
        self._updates = updates
        self._number = 0
        self._next_whole = 0.0
        self._sending: asyncio.Task[None] | None = None

    def publish(self, book_tickers: BookTickers, patch: list[Row] | None) -> None:
        """Send the books, of which `patch` has changed since the last call, or all for None."""
        self._number += 1  # also for what is not sent, so that it is missed
        loop = asyncio.get_running_loop()
        if self._sending is not None and not self._sending.done():
            self._next_whole = 0.0
            return
        updates = [] if patch is None else [self._update(book_tickers, patch, is_whole=False)]
        if patch is None or loop.time() >= self._next_whole:
            self._next_whole = loop.time() + WHOLE_EVERY_SECONDS
            updates.append(self._update(book_tickers, _rows(book_tickers), is_whole=True))
        self._sending = asyncio.create_task(self._send(updates))

    async def close(self) -> None:
        """Cancel what is under way."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])

    async def _send(self, updates: list[StreamedUpdate]) -> None:
        with suppress(CacheUnavailable):  # the adapter has logged it
            for update in updates:
                await self._updates.publish(update)

    def _update(self, book_tickers: BookTickers, rows: list[Row], *, is_whole: bool) -> StreamedUpdate:
        head = self._exchange, self._name, self._number, book_tickers.observed_at
        return StreamedUpdate(*head, rows, book_tickers.older, is_whole)


def _rows(book_tickers: BookTickers) -> list[Row]:
    prices = book_tickers.by_symbol
    return list(zip(prices.symbols, prices.bids, prices.asks, strict=True))
