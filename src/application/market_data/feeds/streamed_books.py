"""The newest streamed book of each symbol of one exchange, checked against snapshots."""

import math
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from application.market_data.feeds.stream_lag import StreamLag
from application.market_data.ports.feed import StreamedRow
from application.market_data.ports.feed_meter import DropReason
from domain.rates.book import HIGHEST_PRICE, LOWEST_PRICE, MAX_PRICE_CHARACTERS, TopOfBook
from domain.rates.book_tickers import BookTickers, Prices, Row
from domain.rates.errors import InvalidBook, NothingTradable

# A row that arrived within so many seconds before a snapshot's fetch may be newer than the snapshot, which an exchange
# or a cache on the way made a little earlier.
IN_FLIGHT_SECONDS = 5.0

# A symbol whose row differs from a newer snapshot has so long to stream the change.
JUDGED_AFTER_SECONDS = 3.0

# Several times what any exchange lists.
MAX_SYMBOLS = 20_000

# Rows that are in order, and whose prices are none.
NO_BOOK = frozenset({DropReason.CROSSED, DropReason.NOT_POSITIVE, DropReason.UNREADABLE})

# In place of the prices of a symbol that has none: such a book is none.
_NO_PRICE = "0"

_LOWEST, _HIGHEST = float(LOWEST_PRICE), float(HIGHEST_PRICE)

NOTHING_OLDER: Mapping[str, float] = {}


class Held(NamedTuple):
    """A symbol's book. `at` is when its row arrived, or when the snapshot that it is from was observed.

    Of rows that are dated, it is the time that they tell. With prices from a snapshot, generation and sequence are
    those of the last row that was a book, to which the next one compares.
    """

    generation: int
    sequence: int
    bid: str
    ask: str
    at: float
    is_fetched: bool = False


class _Suspect(NamedTuple):
    """A symbol that has not streamed what a snapshot shows, and its newest row until then.

    `is_taken` unless the snapshot's price is held back, so that the streamed one remains.
    """

    generation: int
    sequence: int
    judged_at: float
    is_taken: bool


class StreamedBooks:
    """Folds rows and snapshots to the newest book of each symbol. Times are in Unix seconds.

    Connections have generations, in the order in which they were opened. While two are open, as during a rotation, both
    bring rows, and sequences compare across them. Once a connection is closed, its sequences are forgotten.

    `dead` are the symbols that did not stream what a snapshot showed, until they stream again or a snapshot agrees.
    """

    def __init__(self, exchange: str) -> None:
        self.exchange = exchange
        self.dropped: Counter[DropReason] = Counter()
        self.dead: set[str] = set()
        self.lag = StreamLag()
        self.patch: list[Row] | None = None  # what the last build changed, None for all books
        self._changed: set[str] = set()  # since the last build
        self._held: dict[str, Held] = {}
        self._older: dict[str, float] = {}
        self._without_book: set[str] = set()  # those whose newest row is no book
        self._suspects: dict[str, _Suspect] = {}
        self._open: dict[int, float] = {}  # and since when nothing was missed
        self._prices: Prices | None = None
        self._has_lost_symbols = False  # since the last build
        self._held_back: Collection[str] = ()  # of the last snapshot
        self._snapshot_at = math.inf  # of the last one
        self._proved_at: float | None = None  # as of when the last books were right

    def opened(self, generation: int) -> None:
        """Accept rows of this connection."""
        self._open[generation] = -math.inf

    def missed(self, generation: int, now: float) -> None:
        """Know that this connection may not have brought all from before now: any snapshot is newer than that."""
        if generation in self._open:
            self._open[generation] = now

    def closed(self, generation: int) -> None:
        """Accept no more rows of this connection, and forget its sequences."""
        self._open.pop(generation, None)
        self.lag.forget()

    def take(
        self, generation: int, rows: Iterable[StreamedRow], now: float, highest_sequence: float = math.inf
    ) -> bool:
        """Take rows that arrived now; return whether the connection has brought any that is new from it.

        Rows with a sequence above the highest are dropped: where those are times, they are dated ahead.
        """
        is_new = False
        for symbol, bid, ask, sequence, _ in rows:
            if sequence > highest_sequence:
                self.dropped[DropReason.DATED_AHEAD] += 1
                continue
            held = self._held.get(symbol)
            reason = self._reason_to_drop(held, generation, sequence)
            # Most rows change only sizes. One without prices is no book, though there were none before.
            has_changed = held is None or held.bid != bid or held.ask != ask or bid == _NO_PRICE
            if reason is None and has_changed:
                reason = reason_in(bid, ask)
            if reason is not None:
                self._drop(symbol, reason, generation, now)
                is_new |= reason is not DropReason.REPEATED or (held is not None and held.generation != generation)
                continue
            is_new = True
            self._held[symbol] = Held(generation, sequence, bid, ask, now)
            if has_changed or symbol in self._held_back:  # that it streams again counts as well
                self._changed.add(symbol)
                if symbol in self.lag.shown:
                    self.lag.shown[symbol].append((now, bid, ask))
            if self._older and symbol in self._older:
                self._revive(symbol)
            self._without_book.discard(symbol)
        return is_new

    def take_snapshot(
        self, snapshot: BookTickers, subscribed: Collection[str], *, is_covered: bool, is_own: bool = False
    ) -> None:
        """Compare with a snapshot of all books, and take from it what is newer.

        `is_covered` if all that has changed since the snapshot before it should have been streamed. Of what is held
        back no price is taken; but if this process fetched it itself, the streamed one is as old as its last proof.
        """
        self.dead.intersection_update(snapshot.by_symbol)
        if is_own and is_covered:
            self.lag.fetched(snapshot, self._busy(snapshot))
        self._lose_missing(snapshot)
        prices = snapshot.by_symbol
        for symbol, bid, ask in zip(prices.symbols, prices.bids, prices.asks, strict=True):
            held, is_due = self._held.get(symbol), is_covered and symbol in subscribed
            if symbol in snapshot.held_back:
                if is_own and held is not None and not self._may_be_newer(held, snapshot):
                    self._doubt(symbol, held, snapshot, is_covered=is_due)
                continue  # it may be from a cache, and wrong
            if held is None or not self._may_be_newer(held, snapshot, is_covered=is_due):
                self._take_from_snapshot(symbol, bid, ask, held, snapshot, is_covered=is_due)
            if symbol not in subscribed:
                self._older[symbol] = snapshot.observed_at
        self._snapshot_at, self._held_back = snapshot.observed_at, snapshot.held_back

    def judge(self, now: float) -> list[str]:
        """Return the symbols that have turned out to be dead: they had time to stream what a snapshot showed."""
        due = [symbol for symbol, suspect in self._suspects.items() if suspect.judged_at <= now]
        died = []
        for symbol in due:
            suspect, held = self._suspects.pop(symbol), self._held.get(symbol)
            if held is not None and held[:2] == suspect[:2]:
                self.dead.add(symbol)
                died.append(symbol)
        return died

    def built(self, observed_at: float) -> Generator[None, None, BookTickers | None]:
        """Return all books as of `observed_at`, None if there is none, in steps of about a millisecond.

        What arrives between the steps is in the next books.
        """
        self._proved_at = observed_at
        older = dict(self._older) if self._older else NOTHING_OLDER
        changed, self._changed = self._changed, set()
        before, self._has_lost_symbols = None if self._has_lost_symbols else self._prices, False
        try:
            self._prices = yield from self._patched(before, changed)
        except NothingTradable:
            self._prices = None  # the next build must not start from prices that have ended
            return None
        return BookTickers(self.exchange, self._prices, observed_at, older=older)

    def _reason_to_drop(self, held: Held | None, generation: int, sequence: int) -> DropReason | None:
        if held is None:
            if generation not in self._open:
                return DropReason.STALE_CONNECTION
            return DropReason.TOO_MANY_SYMBOLS if len(self._held) >= MAX_SYMBOLS else None
        if generation < held.generation or generation not in self._open:
            return DropReason.STALE_CONNECTION
        if sequence <= held.sequence and (held.generation == generation or held.generation in self._open):
            return DropReason.REPEATED
        return None

    def _drop(self, symbol: str, reason: DropReason, generation: int, now: float) -> None:
        self.dropped[reason] += 1
        held = self._held.get(symbol)
        if reason in NO_BOOK and held is not None:
            # Its own sequence may be as wrong as its prices, and all later rows would be below it. Nothing compares to
            # one of a connection that is closed.
            sequence = held.sequence if held.generation in self._open else -1
            self._held[symbol] = Held(generation, sequence, held.bid, held.ask, now)
            self._suspects.pop(symbol, None)  # it does stream
            self.dead.discard(symbol)
            self._without_book.add(symbol)
            if held.bid != _NO_PRICE:
                # The row was sent before now, and the price before it was right until then.
                self._older.setdefault(symbol, held.at if self._proved_at is None else self._proved_at)

    def _revive(self, symbol: str) -> None:
        del self._older[symbol]
        self.dead.discard(symbol)
        self._suspects.pop(symbol, None)

    def _may_be_newer(self, held: Held, snapshot: BookTickers, *, is_covered: bool = True) -> bool:
        """Tell whether the snapshot says nothing about this book: it is newer, or from another one just before.

        Until a stream is whole, only what it has brought since it missed something is newer.
        """
        whole_since = self._open.get(held.generation)
        if whole_since is None or held.at <= snapshot.observed_at - IN_FLIGHT_SECONDS:
            return False
        return is_covered if held.is_fetched else held.at >= whole_since

    def _lose_missing(self, snapshot: BookTickers) -> None:
        for symbol in [each for each in self._held if each not in snapshot.by_symbol]:
            held = self._held[symbol]
            if not self._may_be_newer(held, snapshot):
                del self._held[symbol]
                self._lose_price(symbol)
                self._without_book.discard(symbol)
            elif symbol in self._without_book and held.bid != _NO_PRICE:
                # Both say that there is no price. The sequence stays: no row that comes late may bring an old one back.
                self._held[symbol] = held._replace(bid=_NO_PRICE, ask=_NO_PRICE)
                self._lose_price(symbol)

    def _lose_price(self, symbol: str) -> None:
        self._changed.discard(symbol)
        self._older.pop(symbol, None)
        self._has_lost_symbols = True

    def _busy(self, snapshot: BookTickers) -> Iterator[Row]:
        return (
            (symbol, held.bid, held.ask)
            for symbol, held in self._held.items()
            if held.bid != _NO_PRICE and self._may_be_newer(held, snapshot)
        )

    def _take_from_snapshot(
        self, symbol: str, bid: str, ask: str, held: Held | None, snapshot: BookTickers, *, is_covered: bool
    ) -> None:
        generation, sequence = (0, -1) if held is None else held[:2]
        self._without_book.discard(symbol)
        agrees = held is not None and _are_equal(held.bid, bid) and _are_equal(held.ask, ask)
        if not agrees:
            self._held[symbol] = Held(generation, sequence, bid, ask, snapshot.observed_at, is_fetched=True)
            self._changed.add(symbol)
        if agrees and symbol in self._suspects and not self._suspects[symbol].is_taken:
            del self._suspects[symbol]
        # The connection that did not bring it is the same, so that it may well not bring it now.
        stays_older = not is_covered and symbol in self._older and generation in self._open
        if stays_older:
            self._older[symbol] = snapshot.observed_at
        elif agrees or not is_covered or held is None:
            self._older.pop(symbol, None)
            self.dead.discard(symbol)
            if not is_covered:  # the connection that did not bring it is gone
                self._suspects.pop(symbol, None)
        else:
            self._older[symbol] = snapshot.observed_at
            self._suspect(symbol, generation, sequence, snapshot, is_taken=True)

    def _doubt(self, symbol: str, held: Held, snapshot: BookTickers, *, is_covered: bool) -> None:
        """Keep the streamed price, though no longer as new: the exchange itself shows one that is far from it."""
        proved_at = min(held.at, self._snapshot_at)
        self._older[symbol] = min(self._older.get(symbol, proved_at), proved_at)
        if is_covered:
            self._suspect(symbol, held.generation, held.sequence, snapshot, is_taken=False)

    def _suspect(self, symbol: str, generation: int, sequence: int, snapshot: BookTickers, *, is_taken: bool) -> None:
        if symbol not in self.dead:
            judged_at = snapshot.fetched_at + JUDGED_AFTER_SECONDS
            self._suspects[symbol] = _Suspect(generation, sequence, judged_at, is_taken)

    def _patched(self, prices: Prices | None, changed: set[str]) -> Generator[None, None, Prices]:
        held = self._held
        if prices is not None and all(symbol in prices for symbol in changed):
            self.patch = [(symbol, held[symbol].bid, held[symbol].ask) for symbol in changed]
            return (yield from prices.patched_in_steps(self.patch)) if self.patch else prices
        self.patch = None
        columns = [each.bid for each in held.values()], [each.ask for each in held.values()]
        return (yield from Prices.in_steps(list(held), *columns))


def reason_in(bid: str, ask: str) -> DropReason | None:
    """Return why these two prices are no book; None if they are one."""
    try:
        low, high = float(bid), float(ask)
    except ValueError:
        return DropReason.UNREADABLE
    if _LOWEST < low < high < _HIGHEST and len(bid) + len(ask) <= MAX_PRICE_CHARACTERS and _are_plain(bid + ask):
        return None  # as nearly always
    try:
        TopOfBook.parse(bid, ask)
    except InvalidBook:
        if low <= 0 or high <= 0:
            return DropReason.NOT_POSITIVE
        return DropReason.CROSSED if high <= low else DropReason.UNREADABLE
    return None


def _are_plain(prices: str) -> bool:
    """Tell whether these are digits and points only: float() accepts more, such as "1_0"."""
    return prices.isascii() and prices.replace(".", "").isdigit()


def _are_equal(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
