"""Decides what an order comes to: the rules that it must obey, and how much of it is filled. Without I/O."""

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal

from domain.currency import Currency
from domain.decimals import EXACT
from domain.orders.errors import OrderRefused
from domain.orders.simulated_order import SimulatedOrder
from domain.orders.venue_order import Fill, MarketRules, VenueOrder
from domain.rates.instruments import Instrument

# What Binance and KuCoin charge at first, in units of what is received.
TAKER_FEE = Decimal("0.001")

FEE_STEP = Decimal("0.00000001")

# A request may seem to come from the future by as much, as at Binance.
CLOCK_TOLERANCE_MS = 1000


def symbol_of(exchange: str, instrument: Instrument) -> str:
    """Return the simulated venue's own name of an exchange's pair."""
    return f"{exchange}:{instrument.symbol}"


def rules_of(exchange: str, instrument: Instrument) -> MarketRules:
    """Return the exchange's own rules."""
    rules = instrument.rules
    return MarketRules(
        symbol=symbol_of(exchange, instrument),
        pair=instrument.pair,
        tick_size=rules.tick_size,
        lot_size=rules.lot_size,
        min_quantity=rules.min_quantity,
        min_notional=rules.min_notional,
        taker_fee=TAKER_FEE,
        market=(exchange, instrument.symbol),
    )


def check_window(order: VenueOrder, now: float) -> None:
    """Raise `OrderRefused` if the request arrives outside its receive window; `now` is in Unix seconds."""
    age_ms = now * 1000 - order.signed_at_ms
    if age_ms > order.receive_window_ms:
        raise OrderRefused("the request arrived after its receive window", "late")
    if age_ms < -CLOCK_TOLERANCE_MS:
        raise OrderRefused("the request was signed in the future", "early")


def check_rules(order: VenueOrder, rules: MarketRules) -> None:
    """Raise `OrderRefused` if the order breaks a rule of its market."""
    if order.quantity <= 0 or order.limit_price <= 0:
        raise OrderRefused("quantity and price must be more than 0", "not_positive")
    if _is_between_steps(order.limit_price, rules.tick_size):
        raise OrderRefused(f"the price is no multiple of {rules.tick_size}", "tick_size")
    if _is_between_steps(order.quantity, rules.lot_size):
        raise OrderRefused(f"the quantity is no multiple of {rules.lot_size}", "lot_size")
    if rules.min_quantity is not None and order.quantity < rules.min_quantity:
        raise OrderRefused(f"the quantity is below {rules.min_quantity}", "min_quantity")
    notional = EXACT.multiply(order.quantity, order.limit_price)
    if rules.min_notional is not None and notional < rules.min_notional:
        raise OrderRefused(f"the order is worth less than {rules.min_notional}", "min_notional")


def executed(order: VenueOrder, ask: Decimal | None, now: float) -> SimulatedOrder:
    """Fill the order at the best ask, or not at all if that is above its limit or there is none."""
    fill = None
    if ask is not None and ask <= order.limit_price:
        fee = EXACT.multiply(order.quantity, TAKER_FEE).quantize(FEE_STEP, ROUND_UP, context=EXACT)
        fill = Fill(f"{order.client_order_id}-1", ask, order.quantity, fee, order.pair.base)
    return SimulatedOrder(order.client_order_id, order.symbol, order.pair, now, fill)


def changed_by(order: SimulatedOrder, changes: Mapping[Currency, Decimal]) -> dict[Currency, Decimal]:
    """Return the changes of the balances of its pair after the order, from those before it."""
    base, quote = order.pair.base, order.pair.quote
    if order.fill is None:
        return dict(changes)
    received = EXACT.subtract(order.fill.quantity, order.fill.fee)
    return {
        base: EXACT.add(changes[base], received),
        quote: EXACT.subtract(changes[quote], order.report.funds),
    }


def _is_between_steps(number: Decimal, step: Decimal | None) -> bool:
    return step is not None and EXACT.remainder(number, step) != 0
