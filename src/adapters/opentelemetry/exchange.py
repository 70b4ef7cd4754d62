"""Traces calls to an exchange."""

from decimal import Decimal

from opentelemetry.trace import SpanKind, Tracer

from adapters.opentelemetry.spans import span_around
from application.market_data.ports.currency_names import CurrencyNames
from application.market_data.ports.exchange import Exchange, Quota, Usage
from application.market_data.ports.order_books import OrderBooks
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook


class TracedExchange(Exchange):
    """Forwards every call to `exchange`.

    No trace header is sent, because exchanges have no part in our traces. The span's parent is the request that started
    the fetch; requests that share it have no span of it.
    """

    def __init__(self, exchange: Exchange, tracer: Tracer) -> None:
        self._exchange = exchange
        self._tracer = tracer

    @property
    def name(self) -> str:
        """The name of the traced exchange."""
        return self._exchange.name

    @property
    def usage(self) -> Usage | None:
        """The usage that the traced exchange last reported."""
        return self._exchange.usage

    @property
    def quota(self) -> Quota | None:
        """The quota of the traced exchange."""
        return self._exchange.quota

    @property
    def order_books(self) -> OrderBooks | None:
        """The order books of the traced exchange, traced too."""
        books = self._exchange.order_books
        return None if books is None else _TracedOrderBooks(self.name, books, self._tracer)

    @property
    def currency_names(self) -> CurrencyNames | None:
        """The names of the traced exchange, asked for once a day and not traced."""
        return self._exchange.currency_names

    async def fetch_instruments(self) -> Instruments:
        """Fetch the instruments in a span."""
        with span_around(self._tracer, f"{self.name} listing", SpanKind.CLIENT, {"crossrate.exchange": self.name}):
            return await self._exchange.fetch_instruments()

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch the book tickers in a span."""
        with span_around(self._tracer, f"{self.name} books", SpanKind.CLIENT, {"crossrate.exchange": self.name}):
            return await self._exchange.fetch_book_tickers()


class _TracedOrderBooks(OrderBooks):
    def __init__(self, exchange: str, books: OrderBooks, tracer: Tracer) -> None:
        self._exchange = exchange
        self._books = books
        self._tracer = tracer

    @property
    def order_book_weight(self) -> int:
        return self._books.order_book_weight

    @property
    def standard_taker_fee(self) -> Decimal:
        return self._books.standard_taker_fee

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        attributes = {"crossrate.exchange": self._exchange, "crossrate.symbol": symbol}
        with span_around(self._tracer, f"{self._exchange} order book", SpanKind.CLIENT, attributes):
            return await self._books.fetch_order_book(symbol)
