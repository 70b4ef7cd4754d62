"""The repositories that orders need in a unit of work."""

from typing import Protocol

from application.concurrency.ports.repositories import LeaseRepositories
from application.idempotency.ports.repositories import IdempotencyRepositories
from application.ledger.ports.repositories import LedgerRepositories
from application.orders.ports.batches import Batches
from application.orders.ports.clearing_assets import ClearingAssets, ClearingHalts
from application.orders.ports.intake import Intake
from application.orders.ports.orders import Orders
from application.orders.ports.price_locks import PriceLocks
from application.wallets.ports.repositories import WalletsRepositories
from application.webhooks.ports.repositories import EventRepositories


class OrdersRepositories(LedgerRepositories, EventRepositories, LeaseRepositories, Protocol):
    """The orders with all that clears them, the ledger, leases, and events of it, in one transaction."""

    @property
    def orders(self) -> Orders:
        """The orders."""
        ...

    @property
    def batches(self) -> Batches:
        """The clearing batches."""
        ...

    @property
    def price_locks(self) -> PriceLocks:
        """The price locks."""
        ...

    @property
    def intake(self) -> Intake:
        """What accepting an order depends on."""
        ...

    @property
    def clearing_assets(self) -> ClearingAssets:
        """What may be bought."""
        ...

    @property
    def clearing_halts(self) -> ClearingHalts:
        """What is halted."""
        ...


class OrderingRepositories(WalletsRepositories, OrdersRepositories, IdempotencyRepositories, Protocol):
    """For orders of users, who pay from a wallet, and whose repeated requests change nothing."""
