"""What a refused amount says could be had is the most that can be had, found here by trying every lot."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.currency import Currency
from domain.pair import Side
from domain.rates.book_tickers import BookTickers
from domain.rates.depth import DepthConversion
from domain.rates.depth_leg import DepthLeg
from domain.rates.errors import BookTooThin, OrderTooSmall
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.order_book import Level, OrderBook
from domain.rates.route import Leg, Route
from domain.rates.trading_rules import TradingRules

NOW = 1_700_000_000.0

Rows = list[tuple[str, str]]


def leg_of(at: int, side: Side, lot: str | None, fee: str, rows: Rows) -> DepthLeg:
    """A trade of currency number `at` against the next one, over a book of these levels."""
    ends = (f"C{at}", f"C{at + 1}")
    base, quote = ends if side is Side.SELL else ends[::-1]
    symbol = f"{base}-{quote}"
    rules = {symbol: TradingRules.parse("0.01", lot, None, None)}
    instruments = Instruments.of("here", [(symbol, base, quote)], NOW, rules=rules)
    market = MarketSnapshot(instruments, BookTickers.of("here", [(symbol, "99", "101")], NOW))
    levels = sorted((Level(Decimal(price), Decimal(quantity)) for price, quantity in rows), reverse=side is Side.SELL)
    far = (Level(Decimal("1e-9" if side is Side.BUY else "1e9"), Decimal(1)),)
    bids, asks = (tuple(levels), far) if side is Side.SELL else (far, tuple(levels))
    return DepthLeg(Leg(symbol, side, market), OrderBook("here", symbol, bids, asks, NOW), Decimal(fee))


def converted(amount: Decimal, legs: list[DepthLeg]) -> DepthConversion:
    ends = Currency("C0"), Currency(f"C{len(legs)}")
    return DepthConversion.along(Route("here", *ends, tuple(each.leg for each in legs), NOW), amount, legs)


def refusal_of(amount: Decimal, legs: list[DepthLeg]) -> BookTooThin | None:
    try:
        converted(amount, legs)
    except BookTooThin as refusal:
        return refusal
    except OrderTooSmall:
        pass
    return None


def cost_of(leg: DepthLeg, quantity: Decimal) -> Decimal:
    if leg.leg.side is Side.SELL:
        return quantity
    cost = Decimal(0)
    for price, offered in leg.book.asks:
        cost += price * min(offered, quantity)
        quantity -= min(offered, quantity)
    return cost


def most_by_trying(legs: list[DepthLeg], amount: Decimal) -> tuple[Decimal, Decimal]:
    """The largest amount of whole lots on the first leg that is converted, and what it brings."""
    lot, found = legs[0].rules.lot_size, (Decimal(0), Decimal(0))
    assert lot is not None
    offered = sum((level.quantity for level in legs[0].book.taken_by(legs[0].leg.side)), Decimal(0))
    for lots in range(1, int(offered // lot) + 1):
        try:
            tried = converted(min(cost_of(legs[0], lots * lot), amount), legs)
        except (BookTooThin, OrderTooSmall):
            continue
        found = tried.filled, tried.received
    return found


def test_a_rest_that_buys_no_lot_of_the_next_leg_does_not_count_against_the_amount() -> None:
    # A lot brings 5.2, and the next book has 5 lots of 1: the rest of 0.2 would be left over.
    legs = [leg_of(0, Side.SELL, "1", "0", [("5.2", "10")]), leg_of(1, Side.SELL, "1", "0", [("3", "5")])]
    assert converted(Decimal(1), legs).received == 15
    with pytest.raises(BookTooThin) as caught:
        converted(Decimal(2), legs)
    assert (caught.value.filled, caught.value.received) == (Decimal(1), Decimal(15))


def test_what_would_pay_just_one_lot_more_than_there_is_cannot_be_had() -> None:
    legs = [leg_of(0, Side.SELL, "1", "0", [("3", "10")]), leg_of(1, Side.SELL, "1", "0", [("3", "5")])]
    with pytest.raises(BookTooThin) as caught:
        converted(Decimal(9), legs)
    assert (caught.value.filled, caught.value.received) == (Decimal(1), Decimal(9))


LEVELS = st.lists(
    st.tuples(st.decimals("0.2", "9", places=1).map(str), st.decimals("0.5", "8", places=1).map(str)),
    min_size=1,
    max_size=4,
    unique_by=lambda level: level[0],
)
LEG = st.tuples(
    st.sampled_from(Side),
    st.sampled_from(["0.1", "0.5", "1", "3", None]),
    st.sampled_from(["0", "0.001", "0.25"]),
    LEVELS,
)


@settings(max_examples=100, deadline=None)
@given(shapes=st.lists(LEG, min_size=1, max_size=3), times=st.sampled_from([1, 3, 100]))
def test_a_refused_amount_is_told_the_most_that_can_be_had(
    shapes: list[tuple[Side, str | None, str, Rows]], times: int
) -> None:
    side, lot, fee, rows = shapes[0]
    shapes[0] = (side, lot or "0.1", fee, rows)
    legs = [leg_of(at, *shape) for at, shape in enumerate(shapes)]
    amount = cost_of(legs[0], Decimal(100)) * times
    refusal = refusal_of(amount, legs)
    if refusal is not None:
        assert (refusal.filled, refusal.received) == most_by_trying(legs, amount)


def test_an_amount_without_lots_stays_below_what_pays_one_lot_more() -> None:
    legs = [leg_of(0, Side.SELL, None, "0", [("3", "100")]), leg_of(1, Side.SELL, "1", "0", [("3", "5")])]
    refusal = refusal_of(Decimal(50), legs)
    assert refusal is not None
    assert refusal.received == 15
    assert Decimal("1.999999999") < refusal.filled < 2
    assert converted(refusal.filled, legs).received == 15
