"""One exchange's streamed books in a process that does not stream itself: what the streaming one publishes."""

from collections.abc import Generator

from application.market_data.freshness import is_from_the_future
from application.market_data.ports.streamed_updates import StreamedUpdate
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.errors import NothingTradable


class FollowedBooks:
    """Folds updates. One whose predecessor is missing is not used, nor what follows it until all books come again."""

    def __init__(self, exchange: str) -> None:
        self.missed = 0  # rows that were not used, since this was last set to 0
        self._exchange = exchange
        self._publisher: str | None = None
        self._number = 0
        self._prices: Prices | None = None
        self._observed_at = 0.0

    def take(self, update: StreamedUpdate, now: float) -> Generator[None, None, BookTickers | None]:
        """Return the books after this update at `now`, in Unix seconds; None if it brings nothing newer.

        In steps of about a millisecond. The next update must not be taken before they have ended.
        """
        if is_from_the_future(update.observed_at, now) or update.observed_at < self._observed_at:
            return None
        place = update.publisher, update.number
        if update.is_whole:
            if self._prices is not None and place == (self._publisher, self._number):
                return None
            prices = yield from _whole(update)
        elif self._prices is None or place != (self._publisher, self._number + 1):
            self.missed += max(1, len(update.rows))
            self._prices = None
            return None
        else:
            prices = (yield from self._prices.patched_in_steps(update.rows)) if update.rows else self._prices
        if prices is None:
            return None
        self._publisher, self._number = place
        self._prices, self._observed_at = prices, update.observed_at
        return BookTickers(self._exchange, prices, update.observed_at, older=update.older)


def _whole(update: StreamedUpdate) -> Generator[None, None, Prices | None]:
    symbols, bids, asks = ([row[column] for row in update.rows] for column in range(3))
    try:
        return (yield from Prices.in_steps(symbols, bids, asks))
    except NothingTradable:
        return None
