"""What an amount would really bring along a route: each order book walked, with all fees."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.decimals import EXACT
from domain.pair import Side
from domain.rates.depth_leg import DepthLeg, Trade
from domain.rates.errors import BookTooThin, OrderTooSmall
from domain.rates.rounding import round_rate
from domain.rates.route import Route

_ZERO, _ONE, _HUNDRED = Decimal(0), Decimal(1), Decimal(100)


@dataclass(frozen=True, slots=True)
class DepthConversion:
    """What `amount` of the route's first currency would bring in its last, if it were traded now.

    `received` is what would arrive after all fees; `rate` is that for each unit of `amount`, rounded half-even to 12
    significant digits, and `result` exactly `amount` times that rate. `fee` has all fees in the last currency, each
    converted at the average prices of the legs after its own. `slippage_percent` is by how much the average prices are
    worse than the mids at the top of the books. Both are rounded like the rate.
    """

    amount: Decimal
    route: Route
    trades: tuple[Trade, ...]
    rate: Decimal
    result: Decimal
    received: Decimal
    fee: Decimal
    slippage_percent: Decimal

    @classmethod
    def along(cls, route: Route, amount: Decimal, legs: Sequence[DepthLeg]) -> "DepthConversion":
        """Trade `amount`, which is above 0, along the route. Raises `BookTooThin` and `OrderTooSmall`."""
        given = EXACT.multiply(amount, route.units_given)
        trades = _traded(given, legs)
        for trade, leg in zip(trades, legs, strict=True):
            if trade.is_short:
                raise _too_thin(route, given, legs, leg)
            leg.check(trade)
        received = EXACT.multiply(trades[-1].received if trades else given, route.units_received)
        rate = round_rate(received, amount)
        result = EXACT.multiply(amount, rate)
        fee = EXACT.multiply(_fee(trades), route.units_received)
        return cls(amount, route, trades, rate, result, received, fee, _slippage_percent(trades))

    @property
    def filled(self) -> Decimal:
        """How much of the amount is traded."""
        return _asked_for(self.route, self.trades[0].paid) if self.trades else self.amount

    @property
    def updated_at(self) -> int:
        """The Unix second in which the oldest order book was observed."""
        return int(min((trade.book.observed_at for trade in self.trades), default=self.route.observed_at))


def _traded(amount: Decimal, legs: Sequence[DepthLeg]) -> tuple[Trade, ...]:
    trades: list[Trade] = []
    for leg in legs:
        trades.append(leg.trade(trades[-1].received if trades else amount))
    return tuple(trades)


def _too_thin(route: Route, amount: Decimal, legs: Sequence[DepthLeg], thin: DepthLeg) -> BookTooThin:
    """Return the error that says how much the books would take at most, and what that would bring."""
    most, limit = _ZERO, None
    for leg in reversed(legs):
        most = leg.most_traded(limit)
        limit = leg.limit_to_trade(most)
    filled, received = _possible(min(legs[0].cost_of(most), amount), legs)
    ends = str(route.currency_from), str(route.currency_to)
    filled, received = _asked_for(route, filled), EXACT.multiply(received, route.units_received)
    return BookTooThin(thin.book.exchange, thin.leg.symbol, ends, filled, received)


def _asked_for(route: Route, given: Decimal) -> Decimal:
    """Return how much of the route's first currency that is of what the first trade takes, exactly."""
    return given.scaleb(-route.units_given.adjusted(), EXACT)


def _possible(amount: Decimal, legs: Sequence[DepthLeg]) -> tuple[Decimal, Decimal]:
    """Return what is traded of the amount, and what that brings; zeros where an order would be too small."""
    trades = _traded(amount, legs)
    try:
        for trade, leg in zip(trades, legs, strict=True):
            leg.check(trade)
    except OrderTooSmall:
        return _ZERO, _ZERO
    return trades[0].paid, trades[-1].received


def _fee(trades: Sequence[Trade]) -> Decimal:
    fee, divisor = _ZERO, _ONE
    for trade in trades:
        divided = EXACT.multiply(divisor, trade.paid)
        fee = EXACT.add(EXACT.multiply(fee, trade.bought), EXACT.multiply(trade.fee, divided))
        divisor = divided
    return round_rate(fee, divisor)


def _slippage_percent(trades: Sequence[Trade]) -> Decimal:
    """Return 100 times the share that is lost against the mids."""
    real = ideal = _ONE
    for trade in trades:
        at_mid = EXACT.multiply(trade.quantity, trade.book.mid)
        is_sale = trade.leg.side is Side.SELL
        real = EXACT.multiply(real, trade.funds if is_sale else at_mid)
        ideal = EXACT.multiply(ideal, at_mid if is_sale else trade.funds)
    return round_rate(EXACT.multiply(_HUNDRED, EXACT.subtract(ideal, real)), ideal)
