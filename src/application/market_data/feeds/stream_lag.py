"""Tells whether a whole stream runs behind its exchange, though it moves and answers pings."""

import math
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from domain.rates.book_tickers import BookTickers

# Of all symbols that stream, so many are watched.
MAX_WATCHED = 32
# Of one symbol, enough for what is compared at a hundred changes a second.
MAX_SHOWN = 1000

# What the stream showed so long before and after a fetch began is compared with the fetched price: an exchange, or a
# cache on the way, may answer with an older snapshot, and a stream takes a moment itself.
BEFORE_SECONDS = 5.0
AFTER_SECONDS = 3.0

# Fewer symbols that moved decide nothing. Neither do a few that are apart: a fetched price may have been beyond all
# streamed ones, between two messages.
FEWEST_MOVED = 8
LARGEST_SHARE_APART = 1 / 3


class Verdict(NamedTuple):
    """How many of the watched symbols moved, and how many of these showed nothing like what was fetched."""

    moved: int
    apart: int


class StreamLag:
    """Compares fetched prices with what some of the busiest symbols streamed around that time.

    Sequences cannot tell: they are in order in a stream that is a minute behind. Prices of a symbol that has just
    streamed are no proof one by one, since they may be newer than what was fetched; but not most of them can be.
    """

    def __init__(self) -> None:
        self.is_late = False
        # By symbol: when it showed which bid and ask. The first one was in force when watching began.
        self.shown: dict[str, deque[tuple[float, str, str]]] = {}
        self._watched_from = 0.0
        self._fetched: dict[str, float] = {}  # mids
        self._observed_at, self._judged_at = 0.0, math.inf

    def fetched(self, snapshot: BookTickers, busy: Iterable[tuple[str, str, str]]) -> None:
        """Compare with what was fetched, if symbols were watched before, once the stream has had time to show it.

        Otherwise begin to watch the first of the busy symbols, given with bid and ask.
        """
        if not self.shown:
            some, self._watched_from = islice(busy, MAX_WATCHED), snapshot.fetched_at
            self.shown = {symbol: deque([(self._watched_from, bid, ask)], MAX_SHOWN) for symbol, bid, ask in some}
        elif self._judged_at == math.inf and self._watched_from <= snapshot.observed_at - BEFORE_SECONDS:
            mids = {symbol: snapshot.by_symbol.approximate_mid(symbol) for symbol in self.shown}
            self._fetched = {
                symbol: mid for symbol, mid in mids.items() if mid > 0 and symbol not in snapshot.held_back
            }
            self._observed_at, self._judged_at = snapshot.observed_at, snapshot.fetched_at + AFTER_SECONDS

    def forget(self) -> None:
        """Stop watching, because nothing streams for a moment. What was found stays until the next comparison."""
        self.shown, self._fetched, self._judged_at = {}, {}, math.inf

    def judge(self, now: float) -> Verdict | None:
        """Decide whether the stream is late, once a comparison is due; None while it is not, or cannot tell."""
        if now < self._judged_at:
            return None
        moved = apart = 0
        for symbol, mid in self._fetched.items():
            mids = self._mids_around_fetch(symbol)
            if len(mids) > 1:
                moved += 1
                apart += not min(mids) <= mid <= max(mids)
        self.forget()
        if moved < FEWEST_MOVED:
            return None
        self.is_late = apart > LARGEST_SHARE_APART * moved
        return Verdict(moved, apart)

    def _mids_around_fetch(self, symbol: str) -> set[float]:
        """Return what it showed then, beginning with what was in force; nothing if that is not known any more."""
        begin, shown = self._observed_at - BEFORE_SECONDS, self.shown.get(symbol)
        if not shown or shown[0][0] > begin:
            return set()
        in_force = max(at for at, _, _ in shown if at <= begin)
        return {0.5 * (float(bid) + float(ask)) for at, bid, ask in shown if at >= in_force}
