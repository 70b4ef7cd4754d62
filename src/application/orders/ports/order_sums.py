"""The port to sums over the stored orders."""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

from application.orders.ports.repositories import OrderingRepositories
from domain.orders.reconciliation import CurrencySums


class OrderSums(Protocol):
    """Exact sums, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def by_currency(self, newest: int | None = None) -> list[CurrencySums]:
        """Return the sums of orders for each currency that they are paid with, of one moment, by code.

        Of all, or of those that have not ended and the `newest`, in the order of acceptance.
        """
        ...

    async def given_in(self, batch_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """Return what the orders of these batches got in each, in smallest units; a batch without parts is left out."""
        ...


class ReconciliationRepositories(OrderingRepositories, Protocol):
    """Everything that is compared."""

    @property
    def order_sums(self) -> OrderSums:
        """Sums over the orders."""
        ...
