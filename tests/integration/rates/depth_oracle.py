"""What an amount would bring at depth, from the exchanges' raw JSON, in fractions.

It shares nothing with the service. It buys and sells lot by lot in its own way, and knows the rules by the issue's
words: levels walked, the taker's fee from what is received, whole lots.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, prod
from typing import Any

FEE = Fraction(1, 1000)


@dataclass(frozen=True)
class Market:
    symbol: str
    base: str
    lot: Fraction
    bids: list[tuple[Fraction, Fraction]]
    asks: list[tuple[Fraction, Fraction]]

    @property
    def mid(self) -> Fraction:
        return (self.bids[0][0] + self.asks[0][0]) / 2


@dataclass(frozen=True)
class Outcome:
    received: Fraction
    filled: Fraction
    fee: Fraction
    slippage_percent: Fraction
    left_over: list[Fraction]


class TooThin(Exception):
    pass


def market(symbol: str, base: str, lot: str, book: Any) -> Market:  # noqa: ANN401 -- any JSON
    bids, asks = ([(Fraction(p), Fraction(q)) for p, q in book[side]] for side in ("bids", "asks"))
    return Market(symbol, base, Fraction(lot), bids, asks)


def outcome(amount: Fraction, route: Sequence[tuple[Market, str]], fee_rate: Fraction = FEE) -> Outcome:
    """Trade along the markets, each with the side of its leg. Raises `TooThin`."""
    at_mid = at_average = Fraction(1)
    in_hand, unit_prices, fees, left_over, filled = amount, [], [], [], amount
    for each, side in route:
        given = in_hand
        traded, gross = _sold(each, given) if side == "sell" else _bought(each, given)
        left_over.append(given - traded)
        if len(left_over) == 1:
            filled = traded
        at_average *= gross / traded
        at_mid *= each.mid if side == "sell" else 1 / each.mid
        unit_prices.append(gross / traded)
        fees.append(gross * fee_rate)
        in_hand = gross - gross * fee_rate
    fee = sum((each * prod(unit_prices[number + 1 :]) for number, each in enumerate(fees)), Fraction(0))
    return Outcome(in_hand, filled, fee, 100 * (1 - at_average / at_mid), left_over)


def _sold(each: Market, given: Fraction) -> tuple[Fraction, Fraction]:
    wanted = floor(given / each.lot) * each.lot
    left, brought = wanted, Fraction(0)
    for price, quantity in each.bids:
        taken = min(left, quantity)
        brought += taken * price
        left -= taken
    if left:
        raise TooThin(each.symbol)
    return wanted, brought


def _bought(each: Market, given: Fraction) -> tuple[Fraction, Fraction]:
    """Find by bisection the most lots that the money pays for."""
    whole = floor(sum(quantity for _, quantity in each.asks) / each.lot)
    low, high = 0, whole
    while low < high:
        middle = (low + high + 1) // 2
        if _price_of(each, middle * each.lot) <= given:
            low = middle
        else:
            high = middle - 1
    paid = _price_of(each, low * each.lot)
    if low == whole and given - paid >= each.asks[-1][0] * each.lot:
        raise TooThin(each.symbol)
    return paid, low * each.lot


def _price_of(each: Market, quantity: Fraction) -> Fraction:
    price_paid = Fraction(0)
    for price, offered in each.asks:
        taken = min(quantity, offered)
        price_paid += taken * price
        quantity -= taken
    return price_paid
