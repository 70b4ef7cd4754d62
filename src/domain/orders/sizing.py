"""How much is bought at a venue, up to which price, and from when on."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from domain.decimals import EXACT
from domain.orders.venue_order import MarketRules

# Between the venue's minimum and ours, so that an order is not too small by the time it arrives.
RESERVE = Decimal("1.05")

# Of what a venue holds: fees may come on top of an order's cost.
SPENDABLE = Decimal("0.99")

# Where a venue has no lot or tick of its own.
_FINEST = Decimal("1E-8")
_HUNDRED = Decimal(100)
_ONE = Decimal(1)
_DIVIDING = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Size:
    """What is sent: a quantity, and the highest price."""

    quantity: Decimal
    limit_price: Decimal


def smallest_value(threshold: Decimal, ask: Decimal, rules: MarketRules) -> Decimal:
    """Return what must be queued, in units of the quote: the largest of our threshold and the venue's minima."""
    minimum = max(rules.min_notional or Decimal(0), EXACT.multiply(rules.min_quantity or Decimal(0), ask))
    return max(threshold, EXACT.multiply(minimum, RESERVE))


def size_of(wanted: Decimal, ask: Decimal, rules: MarketRules, band_percent: Decimal) -> Size:
    """Return what to send so that `wanted` is left after the venue's fee, at most `band_percent` above the ask.

    At least the venue's minimum, and at most its maximum, so that a large batch takes several rounds.
    """
    lot = rules.lot_size or _FINEST
    needed = _DIVIDING.divide(wanted, EXACT.subtract(_ONE, rules.taker_fee))
    smallest = max(rules.min_quantity or lot, _DIVIDING.divide(rules.min_notional or Decimal(0), ask))
    quantity = multiple(max(needed, smallest), lot, ROUND_CEILING)
    if rules.max_quantity is not None:
        quantity = min(quantity, multiple(rules.max_quantity, lot, ROUND_FLOOR))
    return Size(quantity, highest_price(ask, rules, band_percent))


def highest_price(ask: Decimal, rules: MarketRules, band_percent: Decimal) -> Decimal:
    """Return the multiple of the tick that is at most the band above the ask, and not below the ask itself.

    A venue compares with an average of its own, which is near the ask.
    """
    tick, bound = rules.tick_size or _FINEST, EXACT.scaleb(EXACT.multiply(ask, EXACT.add(_HUNDRED, band_percent)), -2)
    if rules.max_price_ratio is not None:
        bound = min(bound, EXACT.multiply(ask, rules.max_price_ratio))
    return max(multiple(bound, tick, ROUND_FLOOR), multiple(ask, tick, ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a venue can sell us after its fee, in units of the base: `funded` by what it holds, `at_once` in one order.

    A purchase beyond `at_once` takes several rounds; one beyond `funded` is refused.
    """

    funded: Decimal
    at_once: Decimal


def capacity_of(funds: Decimal, ask: Decimal, rules: MarketRules, band_percent: Decimal) -> Capacity:
    """Return what a venue can sell that holds so much of the quote for us."""
    lot = rules.lot_size or _FINEST
    price, spendable = highest_price(ask, rules, band_percent), EXACT.multiply(funds, SPENDABLE)
    most = multiple(_DIVIDING.divide(spendable, price), lot, ROUND_FLOOR)
    kept = EXACT.subtract(_ONE, rules.taker_fee)
    once = most if rules.max_quantity is None else min(most, multiple(rules.max_quantity, lot, ROUND_FLOOR))
    return Capacity(EXACT.multiply(most, kept), EXACT.multiply(once, kept))


def is_affordable(size: Size, funds: Decimal) -> bool:
    """Tell whether a venue that holds so much of the quote for us would take the order."""
    return EXACT.multiply(size.quantity, size.limit_price) <= EXACT.multiply(funds, SPENDABLE)


def multiple(number: Decimal, step: Decimal, rounding: str) -> Decimal:
    """Return the multiple of `step` next to the number."""
    count = _DIVIDING.divide(number, step).to_integral_value(rounding)
    return EXACT.multiply(count, step)
