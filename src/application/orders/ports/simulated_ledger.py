"""The port to what the simulated venue has stored: its orders and balances."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Protocol

from domain.currency import Currency
from domain.orders.simulated_order import SimulatedOrder


class SimulatedLedger(Protocol):
    """Orders, and by how much they changed each balance, inside one transaction."""

    async def find(self, client_order_id: str) -> SimulatedOrder | None:
        """Return the order, None if there is none."""
        ...

    async def lock_changes(self, currencies: Collection[Currency]) -> Mapping[Currency, Decimal]:
        """Return by how much these balances have changed since the first order; nobody else can change them now."""
        ...

    async def add(self, order: SimulatedOrder, changes: Mapping[Currency, Decimal]) -> None:
        """Store an order, and the new changes of balances that were locked. Raises `Conflict` if its id is taken."""
        ...

    async def list_changes(self) -> Mapping[Currency, Decimal]:
        """Return by how much each balance has changed since the first order."""
        ...


class SimulatedVenueRepositories(Protocol):
    """What the simulated venue needs in a unit of work."""

    @property
    def simulated_ledger(self) -> SimulatedLedger:
        """Its orders and balances."""
        ...
