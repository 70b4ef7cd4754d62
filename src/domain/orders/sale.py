"""What the house sells, and on which terms it does so now."""

from dataclasses import dataclass
from typing import Self

from domain.ledger.asset import Asset
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.errors import IntakeClosed


@dataclass(frozen=True, slots=True)
class Sale:
    """An asset that is sold for `pay_with`: the admin's terms, and how the ledger counts what is exchanged."""

    asset: ClearingAsset
    is_halted: bool
    buy: Asset
    pay_with: Asset
    clear_with: Asset

    def check_open(self) -> Self:
        """Return the sale. Raises `IntakeClosed` while no orders are taken."""
        if self.is_halted and not self.asset.takes_orders_when_halted:
            raise IntakeClosed(f"buying {self.asset.code} is halted; try again later")
        return self
