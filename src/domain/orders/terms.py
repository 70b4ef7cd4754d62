"""What a purchase costs its buyer: a firm price, a cost and a fee."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_UP, Context, Decimal
from typing import Self

from domain.decimals import EXACT
from domain.ledger.asset import MAX_UNITS, Asset
from domain.ledger.errors import InvalidAmount
from domain.orders.errors import InvalidPurchase
from domain.rates.rounding import RATE_DIGITS

# Of amounts, costs and fees; fewer where the asset has fewer.
MAX_DECIMALS = 8

_HUNDRED = Decimal(100)
_UP = Context(prec=RATE_DIGITS, rounding=ROUND_UP)


@dataclass(frozen=True, slots=True)
class FirmPrice:
    """What one unit costs at `exchange`, in units of what is paid, according to books seen at Unix second `as_of`.

    `symbol` is the exchange's own name of the market, None where the price is that of several.
    """

    price: Decimal
    exchange: str
    as_of: float
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class Charges:
    """What the house takes: a margin in the price, and a fee on top of the cost, both in percent."""

    margin_percent: Decimal
    fee_percent: Decimal

    def taken(self, market_cost: int) -> int:
        """Return what buyers pay in all for what costs so much in the market."""
        margin, fee = EXACT.add(_HUNDRED, self.margin_percent), EXACT.add(_HUNDRED, self.fee_percent)
        taken = EXACT.scaleb(EXACT.multiply(EXACT.multiply(Decimal(market_cost), margin), fee), -4)
        return int(taken.to_integral_value(ROUND_FLOOR))


@dataclass(frozen=True, slots=True)
class Market:
    """The prices of a moment: the buyer's firm one, and the house's own in what the asset is cleared with."""

    price: Decimal
    clearing_price: Decimal
    clear_with: Asset
    fee_percent: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """What is bought for what. `amount` is in units of `buy`; `cost` and `fee`, which comes on top, of `pay_with`.

    `price` is firm: units of `pay_with` per unit of `buy`, with the margin. `market_cost` is what the house would have
    paid for it, in units of what the asset is cleared with.
    """

    buy: Asset
    pay_with: Asset
    amount: int
    price: Decimal
    cost: int
    fee: int
    market_cost: int

    @classmethod
    def of_amount(cls, buy: Asset, pay_with: Asset, amount: Decimal, market: Market) -> Self:
        """Return the terms of buying this amount. Raises `InvalidPurchase`."""
        units = _amount_units(buy, amount)
        cost, fee = _charged(buy, pay_with, units, market)
        market_cost = ceiled(market.clear_with, EXACT.multiply(buy.amount_of(units), market.clearing_price))
        if cost + fee > MAX_UNITS or market_cost > MAX_UNITS:
            raise InvalidPurchase("costs more than can be counted")
        return cls(buy, pay_with, units, market.price, cost, fee, market_cost)

    @classmethod
    def of_spend(cls, buy: Asset, pay_with: Asset, spend: Decimal, market: Market) -> Self:
        """Return the terms of the largest amount whose cost and fee are at most `spend`. Raises `InvalidPurchase`."""
        try:
            limit = pay_with.units_of(spend)
        except InvalidAmount as error:
            raise InvalidPurchase(str(error), "spend") from error
        _, step = _coarse(buy)
        most = floored(buy, Context(prec=60).divide(spend, market.price)) // step
        steps = _largest(most, lambda count: sum(_charged(buy, pay_with, count * step, market)) <= limit)
        if not steps:
            raise InvalidPurchase("is too little to buy anything", "spend")
        if steps * step > MAX_UNITS:
            raise InvalidPurchase("buys more than can be counted", "spend")
        return cls.of_amount(buy, pay_with, buy.amount_of(steps * step), market)

    @property
    def total(self) -> int:
        """What the buyer pays in all."""
        return self.cost + self.fee

    def are_of(self, amount: Decimal | None, spend: Decimal | None) -> bool:
        """Tell whether they are those of buying this amount, or as much as `spend` buys at this price."""
        if amount is not None and amount != self.buy.amount_of(self.amount):
            return False
        if spend is None:
            return True
        (_, step), (_, smallest) = _coarse(self.buy), _coarse(self.pay_with)
        one_more = -(-self.total * step // self.amount) + 2 * smallest
        return self.total <= floored(self.pay_with, spend) < self.total + one_more


def with_margin(price: Decimal, charges: Charges) -> Decimal:
    """Return the buyer's price, rounded up to 12 significant digits."""
    return _UP.plus(EXACT.scaleb(EXACT.multiply(price, EXACT.add(_HUNDRED, charges.margin_percent)), -2))


def ceiled(asset: Asset, amount: Decimal) -> int:
    """Return the units of at least this amount, with as many decimals as the asset has."""
    return int(EXACT.scaleb(amount, asset.scale).to_integral_value(ROUND_CEILING))


def floored(asset: Asset, amount: Decimal) -> int:
    """Return the units of at most this amount, with as many decimals as the asset has."""
    return int(EXACT.scaleb(amount, asset.scale).to_integral_value(ROUND_FLOOR))


def _amount_units(buy: Asset, amount: Decimal) -> int:
    coarse, step = _coarse(buy)
    try:
        buy.require_countable(amount)
        units = coarse.units_of(amount) * step
    except InvalidAmount as error:
        raise InvalidPurchase(str(error)) from error
    if units <= 0:
        raise InvalidPurchase("must be more than 0")
    return units


def _charged(buy: Asset, pay_with: Asset, units: int, market: Market) -> tuple[int, int]:
    """Return cost and fee, each rounded up to 8 decimals, or to those of the currency where it has fewer."""
    coarse, step = _coarse(pay_with)
    cost = ceiled(coarse, EXACT.multiply(buy.amount_of(units), market.price))
    percent_of_cost = EXACT.multiply(coarse.amount_of(cost), market.fee_percent)
    return cost * step, ceiled(coarse, EXACT.scaleb(percent_of_cost, -2)) * step


def _coarse(asset: Asset) -> tuple[Asset, int]:
    """Return the asset with at most 8 decimals, and how many of its own units one of those is."""
    coarse = Asset(asset.code, min(asset.scale, MAX_DECIMALS))
    return coarse, int(10 ** (asset.scale - coarse.scale))


def _largest(most: int, is_affordable: Callable[[int], bool]) -> int:
    """Return the largest number from 0 to `most` that is affordable; 0 always is, and less than what is, is too."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if is_affordable(middle):
            low = middle
        else:
            high = middle - 1
    return low
