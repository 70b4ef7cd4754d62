"""The port to prices that decide about money."""

from typing import Protocol

from domain.currency import Currency
from domain.orders.terms import FirmPrice
from domain.pair import Pair


class OrderPrices(Protocol):
    """Prices at which one unit can be bought now, without any margin of ours.

    Each comes from an own fetch or feed, or from a cached value whose seal holds, is at most as old as the setting says
    at `now` (Unix seconds), and does not differ too much from that of a second exchange, where one has the pair.
    Raises `NoFreshPrice`, `PricesDiverge`, and `NotForSale` if no exchange has a route.
    """

    async def executable(self, buy: Currency, pay_with: Currency, now: float) -> FirmPrice:
        """Return what one unit costs on the best route of one exchange."""
        ...

    async def ask(self, pair: Pair, venue: str, now: float) -> FirmPrice:
        """Return the ask of a pair at a venue; for a venue without a market of its own, at the first exchange."""
        ...
