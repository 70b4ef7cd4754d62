"""One leg of a route traded on its order book, with the fee, in whole lots.

Nothing is rounded on the way. Ticks need no rounding either, since every level has a price that the exchange took.
"""

from dataclasses import dataclass
from decimal import Decimal

from domain.currency import Currency
from domain.decimals import EXACT
from domain.pair import Side
from domain.rates.book_walk import CUT_OFF, affordable, taken
from domain.rates.errors import OrderTooSmall
from domain.rates.order_book import Level, OrderBook
from domain.rates.rounding import round_rate
from domain.rates.route import Leg
from domain.rates.trading_rules import NO_RULES, TradingRules

_ZERO, _ONE = Decimal(0), Decimal(1)


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
class Limit:
    """Up to how much; `is_included` tells whether just as much is allowed, too."""

    amount: Decimal
    is_included: bool

    def allows(self, amount: Decimal) -> bool:
        """Tell whether so much is within it."""
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
            quantity, funds = taken(self._levels, wanted)
            is_short = quantity < wanted
        else:
            quantity, funds = self._bought_for(given)
            is_short = self._could_buy_more(quantity, EXACT.subtract(given, funds))
        paid, bought = (quantity, funds) if self.leg.side is Side.SELL else (funds, quantity)
        fee = EXACT.multiply(bought, self.fee_rate)
        return Trade(self.leg, self.book, quantity, funds, fee, EXACT.subtract(given, paid), is_short)

    def most_traded(self, limit: Limit | None) -> Decimal:
        """Return the most base that the book can trade so that what is received stays within the limit."""
        whole, _ = taken(self._levels, None)
        if limit is None:
            return self._in_lots(whole)
        gross = CUT_OFF.divide(limit.amount, EXACT.subtract(_ONE, self.fee_rate))
        is_sale = self.leg.side is Side.SELL
        quantity = self._in_lots(affordable(self._levels, gross) if is_sale else min(whole, gross))
        return quantity if limit.allows(self._received_for(quantity)) else self._next_less(quantity)

    def limit_to_trade(self, most: Decimal) -> Limit:
        """Return how much may be given, so that no more than `most` of base, in whole lots, is traded.

        That is more than `most` costs, since what makes up no further lot is left over.
        """
        lot = self.rules.lot_size
        if lot is None:
            return Limit(self.cost_of(most), is_included=True)
        if self.leg.side is Side.SELL:
            return Limit(EXACT.add(most, lot), is_included=False)
        return Limit(EXACT.add(self.cost_of(most), self._cost_of_next_lot(most, lot)), is_included=False)

    def cost_of(self, quantity: Decimal) -> Decimal:
        """Return what must be given to trade so much base."""
        return quantity if self.leg.side is Side.SELL else taken(self._levels, quantity)[1]

    def _cost_of_next_lot(self, bought: Decimal, lot: Decimal) -> Decimal:
        quantity, funds = taken(self._levels, EXACT.add(bought, lot))
        if quantity < EXACT.add(bought, lot):  # the book ends within it: the same as in `_could_buy_more`
            return EXACT.multiply(self._levels[-1].price, lot)
        return EXACT.subtract(funds, self.cost_of(bought))

    def _received_for(self, quantity: Decimal) -> Decimal:
        bought = taken(self._levels, quantity)[1] if self.leg.side is Side.SELL else quantity
        return EXACT.multiply(bought, EXACT.subtract(_ONE, self.fee_rate))

    def _next_less(self, quantity: Decimal) -> Decimal:
        lot = self.rules.lot_size
        return max(_ZERO, CUT_OFF.next_minus(quantity) if lot is None else EXACT.subtract(quantity, lot))

    def _bought_for(self, given: Decimal) -> tuple[Decimal, Decimal]:
        return taken(self._levels, self._in_lots(affordable(self._levels, given)))

    def _could_buy_more(self, quantity: Decimal, left: Decimal) -> bool:
        whole, _ = taken(self._levels, None)
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
