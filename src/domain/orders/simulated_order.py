"""An order at the simulated venue."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.decimals import EXACT
from domain.orders.venue_order import Fill, VenueReport, VenueStatus
from domain.pair import Pair

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class SimulatedOrder:
    """An order that was executed as far as it could be, and so is done. It has one fill at most."""

    client_order_id: str
    symbol: str
    pair: Pair
    executed_at: float
    fill: Fill | None = None

    @property
    def fills(self) -> Sequence[Fill]:
        """Its trades."""
        return () if self.fill is None else (self.fill,)

    @property
    def report(self) -> VenueReport:
        """What the venue tells about it. It is found by its client order id, so that is the venue's id as well."""
        if self.fill is None:
            return VenueReport(self.client_order_id, VenueStatus.DONE, _ZERO, _ZERO)
        funds = EXACT.multiply(self.fill.price, self.fill.quantity)
        return VenueReport(self.client_order_id, VenueStatus.DONE, self.fill.quantity, funds)
