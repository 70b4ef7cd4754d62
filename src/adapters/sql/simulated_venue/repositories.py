"""The repository of the simulated venue in a unit of work."""

from adapters.sql.simulated_venue.ledger import SqlSimulatedLedger
from adapters.sql.transaction import InTransaction
from application.orders.ports.simulated_ledger import SimulatedLedger, SimulatedVenueRepositories


class SqlSimulatedVenueRepositories(InTransaction, SimulatedVenueRepositories):
    """What the simulated venue has stored, in one transaction."""

    @property
    def simulated_ledger(self) -> SimulatedLedger:
        """Its orders and balances."""
        return SqlSimulatedLedger(self._connection)
