"""The repositories of orders in a unit of work."""

from adapters.sql.orders.batches import SqlBatches
from adapters.sql.orders.clearing_assets import SqlClearingAssets, SqlClearingHalts
from adapters.sql.orders.intake import SqlIntake
from adapters.sql.orders.orders import SqlOrders
from adapters.sql.orders.price_locks import SqlPriceLocks
from adapters.sql.orders.sums import SqlOrderSums
from adapters.sql.transaction import InTransaction
from application.orders.ports.batches import Batches
from application.orders.ports.clearing_assets import ClearingAssets, ClearingHalts
from application.orders.ports.intake import Intake
from application.orders.ports.order_sums import OrderSums
from application.orders.ports.orders import Orders
from application.orders.ports.price_locks import PriceLocks


class SqlOrdersRepositories(InTransaction):
    """The orders; the other features' repositories complete `OrdersRepositories`."""

    @property
    def orders(self) -> Orders:
        """The orders."""
        return SqlOrders(self._connection)

    @property
    def order_sums(self) -> OrderSums:
        """Sums over the orders."""
        return SqlOrderSums(self._connection)

    @property
    def batches(self) -> Batches:
        """The clearing batches."""
        return SqlBatches(self._connection)

    @property
    def intake(self) -> Intake:
        """What accepting an order depends on."""
        return SqlIntake(self._connection)

    @property
    def price_locks(self) -> PriceLocks:
        """The price locks."""
        return SqlPriceLocks(self._connection)

    @property
    def clearing_assets(self) -> ClearingAssets:
        """What may be bought."""
        return SqlClearingAssets(self._connection)

    @property
    def clearing_halts(self) -> ClearingHalts:
        """What is halted."""
        return SqlClearingHalts(self._connection)
