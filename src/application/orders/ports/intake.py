"""The port to what accepting an order depends on."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.currency import Currency
from domain.orders.sale import Sale
from domain.wallets.wallet import WalletName


@dataclass(frozen=True, slots=True)
class Payer:
    """The wallet of a purchase, and its accounts for what is paid and for what is bought, None if it has none.

    `has_webhooks`: whether the user wants to be told of events.
    """

    wallet_id: UUID
    pays_from: UUID | None
    receives_in: UUID | None
    has_webhooks: bool


class Intake(Protocol):
    """What an order depends on, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def sale(self, buy: Currency, pay_with: Currency) -> Sale | None:
        """Return on which terms `buy` is sold now, None if it is not. Scales are those that the ledger will have."""
        ...

    async def hold_sale(
        self, user_id: UUID, wallet: WalletName, buy: Currency, pay_with: Currency
    ) -> tuple[Sale | None, Payer | None]:
        """Return the sale, and the user's wallet of this name, None if there is none.

        From here until the unit ends, `Orders.add` tells whether the asset is still cleared as before, and who changes
        that waits.
        """
        ...
