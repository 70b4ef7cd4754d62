"""How what a batch received is divided among its orders."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self


class Wanted(NamedTuple):
    """What an order of a batch wants, in smallest units. `sequence` is the order of acceptance."""

    sequence: int
    units: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The division: pro rata, the largest remainders first, ties oldest first.

    Each order's share follows from this and the order alone, so that orders can be settled a few at a time. Shares are
    rounded down; one unit more goes to orders whose remainder exceeds `cutoff_remainder`, and of those with exactly
    this remainder to the ones up to `cutoff_sequence`. What was received beyond what is wanted is nobody's share.
    """

    wanted: int
    received: int
    cutoff_remainder: int
    cutoff_sequence: int

    @classmethod
    def divide(cls, orders: Iterable[Wanted], received: int) -> Self:
        """Return the division of so many units."""
        orders = list(orders)
        wanted = sum(each.units for each in orders)
        if received >= wanted:
            return cls(wanted, wanted, wanted, 0)
        remainders = [(-(each.units * received % wanted), each.sequence) for each in orders]
        left = -sum(remainder for remainder, _ in remainders) // wanted
        if not left:
            return cls(wanted, received, wanted, 0)
        remainder, sequence = sorted(remainders)[left - 1]
        return cls(wanted, received, -remainder, sequence)

    def share(self, order: Wanted) -> int:
        """Return the units that go to an order of the batch."""
        if not self.wanted:
            return 0
        share, remainder = divmod(order.units * self.received, self.wanted)
        is_first = remainder == self.cutoff_remainder and order.sequence <= self.cutoff_sequence
        return share + (remainder > self.cutoff_remainder or is_first)
