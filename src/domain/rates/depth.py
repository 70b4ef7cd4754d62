"""What an amount would really bring: order books walked level by level, with fees, in whole lots.

Nothing is rounded on the way. Ticks need no rounding either, since every level has a price that the exchange took.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_DOWN, Context, Decimal

from domain.currency import Currency
from domain.decimals import EXACT
from domain.pair import Side
from domain.rates.errors import BookTooThin, OrderTooSmall
from domain.rates.order_book import Level, OrderBook
from domain.rates.rounding import round_rate
from domain.rates.route import Leg, Route
from domain.rates.trading_rules import NO_RULES, TradingRules

_ZERO, _ONE, _HUNDRED = Decimal(0), Decimal(1), Decimal(100)

# What money buys is cut off after so many digits, where an exchange tells no lot size.
_CUT_OFF = Context(prec=28, rounding=ROUND_DOWN, Emax=MAX_EMAX, Emin=MIN_EMIN)


@dataclass(frozen=True, slots=True)
class Trade:
    """What one order would do: `quantity` of base against `funds` of quote. `fee` is in the currency received.

    `left_over` is what was given and not traded. `is_short` tells that the book ended before that could be helped.
    """

    leg: Leg
    book: OrderBook
    quantity: Decimal
    funds: Decimal
    fee: Decimal
    left_over: Decimal
    is_short: bool

    @property
    def paid(self) -> Decimal:
        """What was traded of the currency given."""
        return self.quantity if self.leg.side is Side.SELL else self.funds

    @property
    def bought(self) -> Decimal:
        """What that brought before the fee."""
        return self.funds if self.leg.side is Side.SELL else self.quantity

    @property
    def received(self) -> Decimal:
        """What that brought."""
        return EXACT.subtract(self.bought, self.fee)

    @property
    def price(self) -> Decimal:
        """The average price, rounded half-even to 12 significant digits."""
        return round_rate(self.funds, self.quantity)

    @property
    def currencies(self) -> tuple[Currency, Currency]:
        """The currency given, and that received."""
        base, quote = self.leg.ends
        return (base, quote) if self.leg.side is Side.SELL else (quote, base)


@dataclass(frozen=True, slots=True)
class _Limit:
    """Up to how much; `is_included` tells whether just as much is allowed, too."""

    amount: Decimal
    is_included: bool

    def allows(self, amount: Decimal) -> bool:
        return amount < self.amount or (self.is_included and amount == self.amount)


@dataclass(frozen=True, slots=True)
class DepthLeg:
    """A leg with its order book and the taker's fee, a share of what is received."""

    leg: Leg
    book: OrderBook
    fee_rate: Decimal

    @property
    def rules(self) -> TradingRules:
        """The market's own rules."""
        return self.leg.market.instruments.rules.get(self.leg.symbol, NO_RULES)

    @property
    def _levels(self) -> tuple[Level, ...]:
        return self.book.taken_by(self.leg.side)

    def trade(self, given: Decimal) -> Trade:
        """Trade as much of `given` as lots and the book allow."""
        if self.leg.side is Side.SELL:
            wanted = self._in_lots(given)
            quantity, funds = _taken(self._levels, wanted)
            is_short = quantity < wanted
        else:
            quantity, funds = self._bought_for(given)
            is_short = self._could_buy_more(quantity, EXACT.subtract(given, funds))
        paid, bought = (quantity, funds) if self.leg.side is Side.SELL else (funds, quantity)
        fee = EXACT.multiply(bought, self.fee_rate)
        return Trade(self.leg, self.book, quantity, funds, fee, EXACT.subtract(given, paid), is_short)

    def most_traded(self, limit: _Limit | None) -> Decimal:
        """Return the most base that the book can trade so that what is received stays within the limit."""
        whole, _ = _taken(self._levels, None)
        if limit is None:
            return self._in_lots(whole)
        gross = _CUT_OFF.divide(limit.amount, EXACT.subtract(_ONE, self.fee_rate))
        is_sale = self.leg.side is Side.SELL
        quantity = self._in_lots(_affordable(self._levels, gross) if is_sale else min(whole, gross))
        return quantity if limit.allows(self._received_for(quantity)) else self._next_less(quantity)

    def limit_to_trade(self, most: Decimal) -> _Limit:
        """Return how much may be given, so that no more than `most` of base, in whole lots, is traded.

        That is more than `most` costs, since what makes up no further lot is left over.
        """
        lot = self.rules.lot_size
        if lot is None:
            return _Limit(self.cost_of(most), is_included=True)
        if self.leg.side is Side.SELL:
            return _Limit(EXACT.add(most, lot), is_included=False)
        return _Limit(EXACT.add(self.cost_of(most), self._cost_of_next_lot(most, lot)), is_included=False)

    def cost_of(self, quantity: Decimal) -> Decimal:
        """Return what must be given to trade so much base."""
        return quantity if self.leg.side is Side.SELL else _taken(self._levels, quantity)[1]

    def _cost_of_next_lot(self, bought: Decimal, lot: Decimal) -> Decimal:
        quantity, funds = _taken(self._levels, EXACT.add(bought, lot))
        if quantity < EXACT.add(bought, lot):  # the book ends within it: the same as in `_could_buy_more`
            return EXACT.multiply(self._levels[-1].price, lot)
        return EXACT.subtract(funds, self.cost_of(bought))

    def _received_for(self, quantity: Decimal) -> Decimal:
        bought = _taken(self._levels, quantity)[1] if self.leg.side is Side.SELL else quantity
        return EXACT.multiply(bought, EXACT.subtract(_ONE, self.fee_rate))

    def _next_less(self, quantity: Decimal) -> Decimal:
        lot = self.rules.lot_size
        return max(_ZERO, _CUT_OFF.next_minus(quantity) if lot is None else EXACT.subtract(quantity, lot))

    def _bought_for(self, given: Decimal) -> tuple[Decimal, Decimal]:
        return _taken(self._levels, self._in_lots(_affordable(self._levels, given)))

    def _could_buy_more(self, quantity: Decimal, left: Decimal) -> bool:
        whole, _ = _taken(self._levels, None)
        if quantity < self._in_lots(whole):
            return False
        lot = self.rules.lot_size
        return left > 0 if lot is None else left >= EXACT.multiply(self._levels[-1].price, lot)

    def _in_lots(self, quantity: Decimal) -> Decimal:
        lot = self.rules.lot_size
        return quantity if lot is None else EXACT.multiply(EXACT.divide_int(quantity, lot), lot)

    def check(self, trade: Trade) -> None:
        """Raise `OrderTooSmall` if the exchange would not take so small an order."""
        lowest, funds = self.rules.min_quantity or _ZERO, self.rules.min_notional or _ZERO
        if not trade.quantity or trade.quantity < lowest or trade.funds < funds:
            base, quote = self.leg.ends
            lowest = max(lowest, self.rules.lot_size or _ZERO)
            raise OrderTooSmall(self.book.exchange, self.leg.symbol, (lowest, str(base)), (funds, str(quote)))


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


def _taken(levels: Sequence[Level], wanted: Decimal | None) -> tuple[Decimal, Decimal]:
    """Return the quantity of base that the levels have, at most `wanted`, and its price in quote."""
    quantity = funds = _ZERO
    for level in levels:
        taken = level.quantity if wanted is None else min(level.quantity, EXACT.subtract(wanted, quantity))
        if taken <= 0:
            break
        quantity = EXACT.add(quantity, taken)
        funds = EXACT.add(funds, EXACT.multiply(level.price, taken))
    return quantity, funds


def _affordable(levels: Sequence[Level], money: Decimal) -> Decimal:
    """Return the quantity of base that the levels give for so much quote."""
    quantity = _ZERO
    for price, offered in levels:
        cost = EXACT.multiply(price, offered)
        if cost > money:
            return EXACT.add(quantity, _CUT_OFF.divide(money, price))
        quantity, money = EXACT.add(quantity, offered), EXACT.subtract(money, cost)
    return quantity


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
