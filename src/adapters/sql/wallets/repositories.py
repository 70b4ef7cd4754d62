"""The repository of wallets in a unit of work."""

from adapters.sql.transaction import InTransaction
from adapters.sql.wallets.wallets import SqlWallets
from application.wallets.ports.wallets import Wallets


class SqlWalletsRepositories(InTransaction):
    """The wallets; the other features' repositories complete `WalletsRepositories`."""

    @property
    def wallets(self) -> Wallets:
        """The wallets."""
        return SqlWallets(self._connection)
