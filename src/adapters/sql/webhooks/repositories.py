"""The repositories of webhooks in a unit of work."""

from adapters.sql.transaction import InTransaction
from adapters.sql.webhooks.deliveries import SqlDeliveries
from adapters.sql.webhooks.webhooks import SqlWebhooks
from application.webhooks.ports.deliveries import Deliveries
from application.webhooks.ports.webhooks import Webhooks


class SqlWebhooksRepositories(InTransaction):
    """The other features' repositories complete `WebhooksRepositories`."""

    @property
    def webhooks(self) -> Webhooks:
        """The webhooks."""
        return SqlWebhooks(self._connection)

    @property
    def deliveries(self) -> Deliveries:
        """The deliveries of events."""
        return SqlDeliveries(self._connection)
