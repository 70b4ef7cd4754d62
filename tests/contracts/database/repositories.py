"""Every feature's repositories, as a use case of several features would ask for them."""

from typing import Protocol

from application.identity.ports.repositories import DeletionRepositories
from application.orders.ports.order_sums import ReconciliationRepositories
from application.orders.ports.simulated_ledger import SimulatedVenueRepositories
from application.quotes.ports.repositories import RecordingRepositories
from application.rates.ports.repositories import ReferenceRepositories
from application.wallets.ports.repositories import ChangingRepositories
from application.webhooks.ports.deliveries import Deliveries
from application.webhooks.ports.repositories import WebhooksRepositories


class AllRepositories(
    ChangingRepositories,
    ReconciliationRepositories,
    DeletionRepositories,
    RecordingRepositories,
    ReferenceRepositories,
    SimulatedVenueRepositories,
    WebhooksRepositories,
    Protocol,
):
    """Every feature's repositories, inside one transaction."""

    @property
    def deliveries(self) -> Deliveries:
        """Of all that two features say about them, the more."""
        ...
