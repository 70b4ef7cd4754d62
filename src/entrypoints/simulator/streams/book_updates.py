"""Which books moved since they were last looked at, as the updates that an exchange sends."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import cycle

from entrypoints.simulator.streams.protocol import BookUpdate, StreamProtocol, WireBook

# Sequences begin with the tick, so that they also grow when the simulator is started anew.
_SEQUENCES_A_TICK = 10_000


class BookUpdates:
    """One exchange's books. Sequences grow over all its pairs, so that each pair's have gaps, as in recordings."""

    def __init__(self, protocol: StreamProtocol, tick: Callable[[], int], clock: Callable[[], float]) -> None:
        self._protocol = protocol
        self._tick = tick
        self._clock = clock
        self._sequence = 0
        self._books: Mapping[str, tuple[WireBook, str]] = {}
        self._at_tick: int | None = None
        self._repeated: Iterator[str] = iter(())

    @property
    def listed(self) -> list[str]:
        """The symbols in listing order."""
        return list(self._protocol.books(self._tick()))

    def begin(self) -> None:
        """Take the present books as known, unless some are."""
        if self._at_tick is None:
            self._at_tick = self._tick()
            self._books = self._protocol.books(self._at_tick)
            self._repeated = cycle(self._books)

    def end(self) -> None:
        """Forget the books: nobody listens."""
        self._at_tick = None

    def moved(self, ticks_ago: int = 0) -> list[BookUpdate]:
        """Return the pairs that moved, each once, since the last call; with the books of some ticks ago."""
        tick = self._tick()
        if tick == self._at_tick:
            return []
        before, self._books, self._at_tick = self._books, self._protocol.books(max(tick - ticks_ago, 0)), tick
        return [
            self._update(symbol, book, last)
            for symbol, (book, last) in self._books.items()
            if symbol not in before or before[symbol][0] != book
        ]

    def repeated(self, count: int, subscribed: Callable[[str], object]) -> list[BookUpdate]:
        """Return updates of the subscribed pairs in turn, with their prices unchanged and new sizes."""
        updates: list[BookUpdate] = []
        for _ in range(len(self._books) * count):
            if len(updates) == count:
                break
            symbol = next(self._repeated)
            book, last = self._books[symbol]
            if subscribed(symbol) and book.bid_size is not None:
                update = self._update(symbol, book, last)
                size = f"{update.sequence % 97 + 1}.00000000"
                updates.append(replace(update, book=replace(book, bid_size=size)))
        return updates

    def _update(self, symbol: str, book: WireBook, last: str) -> BookUpdate:
        self._sequence = max(self._sequence + 1, (self._at_tick or 0) * _SEQUENCES_A_TICK)
        return BookUpdate(symbol, book, last, self._sequence, int(self._clock() * 1000))
