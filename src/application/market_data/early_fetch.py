"""A fetch that begins before anybody knows whether its result is needed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments

T = TypeVar("T", bound=Instruments | BookTickers)

# Whoever refuses a connection or has little to say has answered by then, so most early calls in vain are not made.
HEAD_START_SECONDS = 0.005


class EarlyFetch(Generic[T]):
    """Gives the call beside it a head start, then fetches, unless that has failed by then. End with `close`."""

    def __init__(self, fetch: Callable[[], Awaitable[T]], is_answering: Callable[[], bool]) -> None:
        """`is_answering` tells whether the last call to the exchange has not failed."""
        self._has_begun = False
        self._task = asyncio.create_task(self._run(fetch, is_answering))
        self._task.add_done_callback(_retrieved)

    @property
    def has_begun(self) -> bool:
        """Whether it has perhaps made a call."""
        return self._has_begun

    @property
    def has_succeeded(self) -> bool:
        """Whether the value is here."""
        return self._task.done() and not self._task.cancelled() and self._task.exception() is None

    async def taken(self) -> T | None:
        """Return what it fetches; None if it has not begun, and now never will. Raises `ExchangeUnavailable`."""
        if self._has_begun:
            return await self._task
        self.close()
        return None

    def close(self) -> None:
        """Do not begin, or wait no longer: what has begun goes on, for other callers."""
        self._task.cancel()

    async def _run(self, fetch: Callable[[], Awaitable[T]], is_answering: Callable[[], bool]) -> T | None:
        await asyncio.sleep(HEAD_START_SECONDS)
        if not is_answering():
            return None
        self._has_begun = True
        return await fetch()


async def taken_or_fetched(early: EarlyFetch[T] | None, fetch: Callable[[], Awaitable[T]]) -> T:
    """Return what was fetched early, or else fetch it now. Raises `ExchangeUnavailable`."""
    taken = None if early is None else await early.taken()
    return await fetch() if taken is None else taken


def _retrieved(task: asyncio.Task[T | None]) -> None:
    """Mark the error of a fetch as retrieved: its result may never be needed."""
    if not task.cancelled():
        task.exception()
