"""The port to a venue: an exchange at which orders are placed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from domain.currency import Currency
from domain.orders.venue_order import Fill, MarketRules, VenueOrder, VenueReport
from domain.pair import Pair


class Broker(Protocol):
    """Places orders at one venue, and finds them again. Every call ends within a timeout of its own.

    The questions (all but `place`) may be repeated at will and raise `BrokerUnavailable` if there
    is no certain answer. `place` sends its request at most once.
    """

    @property
    def venue(self) -> str:
        """The venue's name, such as `binance`; never changes."""
        ...

    async def time_ms(self) -> int:
        """Return the venue's time in Unix milliseconds, as it was while this was asked. Raises `BrokerUnavailable`.

        It is the clock by which the venue checks when an order was signed, and its receive window.
        """
        ...

    async def rules(self, pair: Pair) -> MarketRules:
        """Return the rules of a pair with this base and quote.

        Raises `NotTradable` if the venue does not trade it now, and `BrokerUnavailable`.
        """
        ...

    async def place(self, order: VenueOrder) -> VenueReport:
        """Send the order as it was stored: same id, same signed time. Call it once per stored order.

        Raises `OrderRefused`, or `VenueFundsTooLow` where that is why, only where the venue says so itself, or where
        nothing was sent because the venue has asked for a pause (its code is then `not_sent`) or has no fresh price
        (`no_price`). Everything else that is no report raises `PlacementUnknown`: timeouts, resets, 5xx, unreadable
        answers, a code that leaves the outcome open.
        A venue that only accepts at first returns a report with status `open`.
        """
        ...

    async def find(self, order: VenueOrder) -> VenueReport | None:
        """Return what the venue knows of this order, by its client order id, its open orders and its trades.

        None means that it is in none of them now. That proves nothing while the receive window is open. Raises
        `BrokerUnavailable`.
        """
        ...

    async def fills(self, order: VenueOrder, report: VenueReport) -> Sequence[Fill]:
        """Return all trades of an order that is done; their quantities add up to the report's.

        Raises `BrokerUnavailable`, also where they do not add up yet.
        """
        ...

    async def balances(self) -> Mapping[Currency, Decimal]:
        """Return what the venue holds for us of each currency, free and locked together. Raises `BrokerUnavailable`."""
        ...
