"""The port to an exchange's order books."""

from decimal import Decimal
from typing import Protocol

from domain.rates.order_book import OrderBook


class OrderBooks(Protocol):
    """One exchange's order books, without an account."""

    @property
    def order_book_weight(self) -> int:
        """The weight of one call in the exchange's `quota`."""
        ...

    @property
    def standard_taker_fee(self) -> Decimal:
        """What an account without any discount pays to trade at once, as a share of what it receives: 0.001 is 0.1%."""
        ...

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Return the book of a symbol, as deep as the exchange shows it in one request, without cache or retry.

        It is dated like the results of `Exchange`. Raises `ExchangeUnavailable` if there is no sane book.
        """
        ...
