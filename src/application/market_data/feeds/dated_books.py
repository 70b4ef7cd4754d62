"""The newest book of each symbol of an exchange whose rows alone prove prices, each as of its own time."""

import math
from collections.abc import Collection, Iterable

from application.market_data.feeds.streamed_books import MAX_SYMBOLS, Held, StreamedBooks, reason_in
from application.market_data.freshness import is_from_the_future
from application.market_data.ports.feed import StreamedRow
from application.market_data.ports.feed_meter import DropReason
from domain.rates.book_tickers import BookTickers


class DatedBooks(StreamedBooks):
    """Folds rows to books that are all in `older`, each as of the time that the exchange told.

    Neither what arrives later, nor silence, nor a ping makes a book newer; only a later row of its symbol does.
    Rows compare by that time, then by sequence, over all connections: after a reconnect, exchanges send again what they
    sent before.
    """

    def __init__(self, exchange: str) -> None:
        super().__init__(exchange)
        self.newest_at: float | None = None  # the time of the newest row

    def take(
        self,
        generation: int,
        rows: Iterable[StreamedRow],
        now: float,
        highest_sequence: float = math.inf,  # noqa: ARG002 -- these sequences are no times
    ) -> bool:
        """Take rows; return whether one is newer than what its symbol had. One that is dated ahead is dropped."""
        is_new = False
        for row in rows:
            reason = self._reason_to_leave(row, generation, now)
            if reason is not None:
                self.dropped[reason] += 1
                continue
            is_new = True
            self._hold(row, generation, now)
        return is_new

    def take_snapshot(
        self, snapshot: BookTickers, subscribed: Collection[str], *, is_covered: bool, is_own: bool = False
    ) -> None:
        """Take nothing: such an exchange answers with no snapshot of all books."""

    def _hold(self, row: StreamedRow, generation: int, now: float) -> None:
        told_at = row.told_at or 0.0
        # Our clock may be a little behind the exchange's; a book is not from the future for that.
        observed_at = min(told_at, now)
        self._held[row.symbol] = Held(generation, row.sequence, row.bid, row.ask, told_at)
        self._older[row.symbol] = observed_at
        self._changed.add(row.symbol)
        self.newest_at = observed_at if self.newest_at is None else max(self.newest_at, observed_at)

    def _reason_to_leave(self, row: StreamedRow, generation: int, now: float) -> DropReason | None:
        symbol, bid, ask, sequence, told_at = row
        held = self._held.get(symbol)
        if generation not in self._open:
            return DropReason.STALE_CONNECTION
        if told_at is None:
            return DropReason.UNREADABLE
        if is_from_the_future(told_at, now):
            return DropReason.DATED_AHEAD
        if held is None:
            return DropReason.TOO_MANY_SYMBOLS if len(self._held) >= MAX_SYMBOLS else reason_in(bid, ask)
        if (told_at, sequence) <= (held.at, held.sequence):
            return DropReason.REPEATED
        return reason_in(bid, ask)
