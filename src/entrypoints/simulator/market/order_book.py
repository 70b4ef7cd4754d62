"""The simulated order books: what a depth endpoint shows, and what an order is filled from."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal

# Behind the best price, each level is this share of it further away, and deeper than the one before.
LEVELS = 100
LEVEL_STEP = Decimal("0.0005")

Level = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class BookSide:
    """One side of a book: its best price, 0 for none, and what is offered there."""

    price: Decimal
    quantity: Decimal
    tick: Decimal
    lot: Decimal
    is_ask: bool

    def levels(self, percent: int = 100) -> Iterator[Level]:
        """Yield prices and quantities, the best first, each with `percent` of its quantity."""
        price, away = self.price, self.tick if self.is_ask else -self.tick
        for level in range(LEVELS):
            if level:
                target = self.price * (1 + LEVEL_STEP * level * (1 if self.is_ask else -1))
                target = stepped(target, self.tick, ROUND_UP if self.is_ask else ROUND_DOWN)
                price = max(target, price + away) if self.is_ask else min(target, price + away)
            if price <= 0:
                return
            quantity = stepped(self.quantity * (level + 1) * percent / 100, self.lot, ROUND_DOWN)
            if quantity > 0:
                yield price, quantity


def written(levels: Iterator[Level], limit: int) -> list[list[str]]:
    """Write levels as both exchanges do: a list of price and quantity for each."""
    return [[f"{price:f}", f"{quantity:f}"] for _, (price, quantity) in zip(range(limit), levels, strict=False)]


def stepped(number: Decimal, step: Decimal, rounding: str) -> Decimal:
    """Round to a multiple of `step`."""
    return (number / step).to_integral_value(rounding) * step
