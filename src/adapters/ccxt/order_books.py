"""Order books through ccxt, which sorts their levels. Prices and quantities were floats."""

from collections.abc import Generator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from adapters.ccxt.clients import Client
from adapters.ccxt.messages import shortest
from domain.rates.lag import as_old_as_told
from domain.rates.order_book import OrderBook

# Where ccxt knows no fee. No exchange of some size takes more of a regular account.
HIGH_TAKER_FEE = Decimal("0.005")
HIGHEST_FEE = 0.1


def shows_order_books(client: Client) -> bool:
    """Tell whether it has a call for the order book of a pair."""
    return client.has.get("fetchOrderBook") is True


def standard_taker_fee(client: Client) -> Decimal:
    """Return what ccxt knows of a regular account's fee, as a share."""
    trading = client.fees.get("trading") if isinstance(client.fees, dict) else None
    fee = trading.get("taker") if isinstance(trading, dict) else None
    if not isinstance(fee, int | float) or not 0 <= fee < HIGHEST_FEE:
        return HIGH_TAKER_FEE
    return Decimal(shortest(fee))


def order_book_in(
    name: str, symbol: str, document: Mapping[str, Any], observed_at: float
) -> Generator[None, None, OrderBook]:
    """Read the book of the exchange's own symbol, as old as it says itself.

    Raises `InvalidBook`, and anything if this is no order book.
    """
    sides = _texts(document["bids"]), _texts(document["asks"])
    yield
    book = yield from OrderBook.in_steps(name, symbol, sides, observed_at)
    told = document.get("timestamp")
    return as_old_as_told(book, told / 1000) if isinstance(told, int) else book


def _texts(levels: Sequence[Sequence[Any]]) -> list[tuple[str, str]]:
    return [(shortest(level[0]), shortest(level[1])) for level in levels]
