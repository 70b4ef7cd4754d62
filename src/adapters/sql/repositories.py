"""Every feature's repositories, on one connection in one transaction."""

from adapters.sql.concurrency.repositories import SqlLeaseRepositories
from adapters.sql.idempotency.repositories import SqlIdempotencyRepositories
from adapters.sql.identity.repositories import SqlIdentityRepositories
from adapters.sql.ledger.repositories import SqlLedgerRepositories
from adapters.sql.orders.repositories import SqlOrdersRepositories
from adapters.sql.quotes.repositories import SqlQuotesRepositories
from adapters.sql.rates.repositories import SqlRatesRepositories
from adapters.sql.simulated_venue.repositories import SqlSimulatedVenueRepositories
from adapters.sql.wallets.repositories import SqlWalletsRepositories
from adapters.sql.webhooks.repositories import SqlWebhooksRepositories
from application.identity.ports.funds import Funds
from application.ledger.funds import LedgerFunds


class SqlRepositories(
    SqlIdempotencyRepositories,
    SqlIdentityRepositories,
    SqlQuotesRepositories,
    SqlRatesRepositories,
    SqlLeaseRepositories,
    SqlLedgerRepositories,
    SqlWalletsRepositories,
    SqlOrdersRepositories,
    SqlSimulatedVenueRepositories,
    SqlWebhooksRepositories,
):
    """One base class per feature: changes of several features are committed or rolled back together."""

    @property
    def funds(self) -> Funds:
        """What the users have: identity asks, the ledger answers."""
        return LedgerFunds(self)
