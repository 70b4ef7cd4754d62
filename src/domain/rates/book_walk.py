"""Order books walked level by level."""

from collections.abc import Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_DOWN, Context, Decimal

from domain.decimals import EXACT
from domain.rates.order_book import Level

_ZERO = Decimal(0)

# What money buys is cut off after so many digits, where an exchange tells no lot size.
CUT_OFF = Context(prec=28, rounding=ROUND_DOWN, Emax=MAX_EMAX, Emin=MIN_EMIN)


def taken(levels: Sequence[Level], wanted: Decimal | None) -> tuple[Decimal, Decimal]:
    """Return the quantity of base that the levels have, at most `wanted`, and its price in quote."""
    quantity = funds = _ZERO
    for level in levels:
        part = level.quantity if wanted is None else min(level.quantity, EXACT.subtract(wanted, quantity))
        if part <= 0:
            break
        quantity = EXACT.add(quantity, part)
        funds = EXACT.add(funds, EXACT.multiply(level.price, part))
    return quantity, funds


def affordable(levels: Sequence[Level], money: Decimal) -> Decimal:
    """Return the quantity of base that the levels give for so much quote."""
    quantity = _ZERO
    for price, offered in levels:
        cost = EXACT.multiply(price, offered)
        if cost > money:
            return EXACT.add(quantity, CUT_OFF.divide(money, price))
        quantity, money = EXACT.add(quantity, offered), EXACT.subtract(money, cost)
    return quantity
