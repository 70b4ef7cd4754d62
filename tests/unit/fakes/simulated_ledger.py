"""What the simulated venue stores, in dictionaries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from application.orders.ports.simulated_ledger import SimulatedLedger
from domain.currency import Currency
from domain.errors import Conflict
from domain.orders.simulated_order import SimulatedOrder


@dataclass
class SimulatedRows:
    """The simulated venue's rows."""

    orders: dict[str, SimulatedOrder] = field(default_factory=dict)
    changes: dict[Currency, Decimal] = field(default_factory=dict)


class FakeSimulatedLedger(SimulatedLedger):
    def __init__(self, rows: SimulatedRows) -> None:
        self._rows = rows

    async def find(self, client_order_id: str) -> SimulatedOrder | None:
        return self._rows.orders.get(client_order_id)

    async def lock_changes(self, currencies: Collection[Currency]) -> Mapping[Currency, Decimal]:
        return {currency: self._rows.changes.setdefault(currency, Decimal(0)) for currency in currencies}

    async def add(self, order: SimulatedOrder, changes: Mapping[Currency, Decimal]) -> None:
        if order.client_order_id in self._rows.orders:
            raise Conflict("an order has this id already")
        self._rows.orders[order.client_order_id] = order
        self._rows.changes |= changes

    async def list_changes(self) -> Mapping[Currency, Decimal]:
        return dict(self._rows.changes)
