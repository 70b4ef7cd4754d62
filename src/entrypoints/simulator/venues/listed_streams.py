"""The base of the streams of exchanges whose prices come from the seed: a topic for each pair, a snapshot at first."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from entrypoints.simulator.market.simulated import ExchangeMarket
from entrypoints.simulator.reply import Call, Reply
from entrypoints.simulator.streams.protocol import BookUpdate, StreamProtocol, StreamSession, WireBook
from entrypoints.simulator.venues.listed_exchange import price_text, size_text


class ListedStreams(StreamProtocol, ABC):
    """One exchange's streams at one path. `market` returns its prices, which are made when they are first needed."""

    path: ClassVar[str]

    def __init__(self, market: Callable[[], ExchangeMarket]) -> None:
        self._market = market
        self._tick: int | None = None
        self._books: Mapping[str, tuple[WireBook, str]] = {}

    @abstractmethod
    def session(self) -> StreamSession:
        """Return a new connection's session."""

    def is_stream(self, path: str) -> bool:
        """Tell whether WebSocket connections are opened at this path."""
        return path == self.path

    def open(self, call: Call) -> StreamSession | Reply:
        """Open a connection."""
        self.books(call.tick)
        return self.session()

    def books(self, tick: int) -> Mapping[str, tuple[WireBook, str]]:
        """Return every listed pair at `tick`."""
        if tick != self._tick:
            self._books, self._tick = dict(self._all_books(tick)), tick
        return self._books

    def newest(self, symbol: str, milliseconds: int) -> BookUpdate | None:
        """Return the pair's newest book, None if it is not listed."""
        if symbol not in self._books:
            return None
        book, last = self._books[symbol]
        return BookUpdate(symbol, book, last, milliseconds, milliseconds)

    def _all_books(self, tick: int) -> Iterable[tuple[str, tuple[WireBook, str]]]:
        for prices in self._market().prices(tick):
            size = size_text(prices)
            bid, ask = price_text(prices.pair, prices.bid), price_text(prices.pair, prices.ask)
            book = WireBook(bid, size if prices.bid else None, ask, size if prices.ask else None)
            yield prices.pair.symbol, (book, price_text(prices.pair, prices.last) or "0")
