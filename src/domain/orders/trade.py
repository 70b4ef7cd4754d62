"""What the fills of an order add up to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from domain.currency import Currency
from domain.decimals import EXACT
from domain.orders.venue_order import Fill
from domain.pair import Pair


@dataclass(frozen=True, slots=True)
class Trade:
    """`received` is what came of the base after fees in it, `paid` what went of the quote with fees in it.

    `fees` are those in other assets, such as the venue's own coin.
    """

    received: Decimal
    paid: Decimal
    fees: Mapping[Currency, Decimal]

    @classmethod
    def of(cls, pair: Pair, fills: Iterable[Fill]) -> Self:
        """Add up the fills of an order in this pair."""
        received = paid = Decimal(0)
        fees: defaultdict[Currency, Decimal] = defaultdict(Decimal)
        for fill in fills:
            received = EXACT.add(received, fill.quantity)
            paid = EXACT.add(paid, EXACT.multiply(fill.quantity, fill.price))
            fees[fill.fee_asset] = EXACT.add(fees[fill.fee_asset], fill.fee)
        received = EXACT.subtract(received, fees.pop(pair.base, Decimal(0)))
        paid = EXACT.add(paid, fees.pop(pair.quote, Decimal(0)))
        return cls(received, paid, {asset: fee for asset, fee in fees.items() if fee})
