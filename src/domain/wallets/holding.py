"""Holdings: how much of a currency is in a wallet."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.currency import Currency
from domain.decimals import EXACT


@dataclass(frozen=True, slots=True)
class Holding:
    """A currency of a wallet. `available` may be spent; `held` is reserved for what is under way."""

    id: UUID
    code: Currency
    available: Decimal
    held: Decimal = Decimal(0)

    @property
    def amount(self) -> Decimal:
        """All that there is."""
        return EXACT.add(self.available, self.held) if self.held else self.available
