"""Price locks: a firm price that is kept for a moment."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from domain.currency import Currency
from domain.orders.errors import PriceLockNotUsable
from domain.orders.sale import Sale
from domain.orders.terms import Terms


@dataclass(frozen=True, slots=True)
class PriceLock:
    """Terms that a user may accept once, before `expires_at`, a Unix time; `order_id` is the order that did.

    They hold as long as the asset is cleared with `clear_with`, in which its `market_cost` is.
    """

    id: UUID
    user_id: UUID
    terms: Terms
    clear_with: Currency
    created_at: float
    expires_at: float
    order_id: UUID | None = None

    def check_usable(self, buy: str, pay_with: str, now: float) -> Self:
        """Return the lock. Raises `PriceLockNotUsable`."""
        if self.order_id is not None:
            raise PriceLockNotUsable("another order has accepted this price lock")
        if not self.created_at <= now < self.expires_at:
            raise PriceLockNotUsable("the price lock has expired")
        if (self.terms.buy.code, self.terms.pay_with.code) != (buy, pay_with):
            raise PriceLockNotUsable("the price lock is for another purchase")
        return self

    def check_sold(self, sale: Sale | None) -> Sale:
        """Return the sale of its asset as it is by now, which is open, and cleared as when the price was locked.

        Raises `PriceLockNotUsable` and `IntakeClosed`.
        """
        if sale is None or sale.asset.clear_with != self.clear_with:
            raise PriceLockNotUsable("the asset is bought in another way since; lock the price again")
        return sale.check_open()
