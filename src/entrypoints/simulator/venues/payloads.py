"""Documents in the exchanges' wire form, generated or recorded."""

from typing import Protocol

from entrypoints.simulator.reply import Body, Row

# The names of both exchanges' documents, and of the files that recordings are in.
EXCHANGE_INFO = "exchangeInfo"
BOOK_TICKER = "ticker_bookTicker"
TICKER_PRICE = "ticker_price"
TICKER_24HR = "ticker_24hr"
SYMBOLS = "symbols"
ALL_TICKERS = "allTickers"


class Payloads(Protocol):
    """One exchange's documents at any tick."""

    def document(self, name: str, tick: int) -> bytes:
        """Return the whole document, as it goes over the wire."""
        ...

    def rows(self, name: str, tick: int) -> list[Row]:
        """Return the document's list of rows."""
        ...


class LatestPayloads:
    """Caches each document for the latest tick that was asked for."""

    def __init__(self, payloads: Payloads) -> None:
        self._payloads = payloads
        self._bodies: dict[str, tuple[int, Body]] = {}
        self._rows: dict[str, tuple[int, dict[str, Row]]] = {}

    def whole(self, name: str, tick: int) -> Body:
        """Return the whole document."""
        made_at, body = self._bodies.get(name, (-1, None))
        if body is None or made_at != tick:
            body = self._same_or_new(body, self._payloads.document(name, tick))
            self._bodies[name] = (tick, body)
        return body

    def by_symbol(self, name: str, tick: int) -> dict[str, Row]:
        """Return the document's rows by symbol, in their order."""
        made_at, rows = self._rows.get(name, (-1, {}))
        if made_at != tick:
            rows = {row["symbol"]: row for row in self._payloads.rows(name, tick)}
            self._rows[name] = (tick, rows)
        return rows

    def at(self, name: str, tick: int) -> list[Row]:
        """Return the document's rows at any tick, without caching them."""
        return self._payloads.rows(name, tick)

    @staticmethod
    def _same_or_new(body: Body | None, document: bytes) -> Body:
        # A recorded document never changes; keeping its body saves compressing it at every tick.
        return body if body is not None and body.plain is document else Body(document)
