from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.currency import Currency
from domain.decimals import plain
from domain.pair import Side
from domain.rates.book_tickers import BookTickers
from domain.rates.depth import DepthConversion
from domain.rates.depth_leg import DepthLeg
from domain.rates.errors import BookTooThin, OrderTooSmall
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.order_book import Level, OrderBook
from domain.rates.route import Leg, Route
from domain.rates.routing import find_route
from domain.rates.trading_rules import TradingRules
from tests.unit.domain.rates.fractions import rounded_half_even

NOW = 1_700_000_000.0
LOT = "0.01"
FEE = Decimal("0.001")


def route_of(side: Side, *, lot: str | None = LOT, min_quantity: str | None = None) -> Route:
    rules = TradingRules.parse("0.01", lot, min_quantity, None)
    instruments = Instruments.of("here", [("BTC-USDT", "BTC", "USDT")], NOW, rules={"BTC-USDT": rules})
    market = MarketSnapshot(instruments, BookTickers.of("here", [("BTC-USDT", "99", "101")], NOW))
    ends = Currency("BTC"), Currency("USDT")
    ends = ends if side is Side.SELL else ends[::-1]
    return Route("here", *ends, (Leg("BTC-USDT", side, market),), NOW)


def converted(
    side: Side,
    amount: str,
    levels: list[tuple[str, str]],
    *,
    lot: str | None = LOT,
    min_quantity: str | None = None,
) -> DepthConversion:
    route = route_of(side, lot=lot, min_quantity=min_quantity)
    taken = tuple(Level(Decimal(price), Decimal(quantity)) for price, quantity in levels)
    far = (Level(Decimal(1), Decimal(1)),) if side is Side.BUY else (Level(Decimal(1000), Decimal(1)),)
    bids, asks = (taken, far) if side is Side.SELL else (far, taken)
    book = OrderBook("here", "BTC-USDT", bids, asks, NOW)
    leg = route.legs[0]
    assert isinstance(leg, Leg)
    return DepthConversion.along(route, Decimal(amount), [DepthLeg(leg, book, FEE)])


def test_selling_takes_the_bids_from_the_best_on() -> None:
    sold = converted(Side.SELL, "3", [("100", "1"), ("90", "1"), ("80", "5")])
    assert sold.received == Decimal(270) * Decimal("0.999")
    assert sold.rate == sold.received / 3
    assert (sold.fee, sold.filled) == (Decimal("0.27"), Decimal(3))


def test_buying_pays_the_asks_and_keeps_what_buys_no_whole_lot() -> None:
    bought = converted(Side.BUY, "100.5", [("100", "1"), ("200", "1")])
    (trade,) = bought.trades
    assert (trade.quantity, trade.funds, trade.left_over) == (Decimal(1), Decimal(100), Decimal("0.5"))
    assert (bought.received, bought.filled) == (Decimal("0.999"), Decimal(100))
    assert bought.rate == Decimal("0.00994029850746")


def test_what_is_sold_beyond_whole_lots_is_left_over_and_lowers_the_rate() -> None:
    sold = converted(Side.SELL, "1.019", [("100", "5")])
    assert (sold.trades[0].left_over, sold.received) == (Decimal("0.009"), Decimal("100.899"))
    assert sold.result == sold.amount * sold.rate


def test_without_a_lot_size_everything_is_traded() -> None:
    sold = converted(Side.SELL, "1.0190000001", [("100", "5")], lot=None)
    assert sold.filled == Decimal("1.0190000001")


def test_a_book_that_ends_before_the_amount_tells_how_much_can_be_had() -> None:
    with pytest.raises(BookTooThin) as caught:
        converted(Side.SELL, "3", [("100", "1"), ("90", "1")])
    assert (caught.value.filled, caught.value.received) == (Decimal(2), Decimal("189.81"))


def test_money_that_buys_no_more_than_a_part_of_a_lot_is_left_over_and_not_a_thin_book() -> None:
    assert converted(Side.BUY, "100.99", [("100", "1")]).filled == 100
    with pytest.raises(BookTooThin):
        converted(Side.BUY, "101", [("100", "1")])


@pytest.mark.parametrize("amount", ["0.009", "0.04"])
def test_an_order_below_the_minimum_is_refused(amount: str) -> None:
    with pytest.raises(OrderTooSmall):
        converted(Side.SELL, amount, [("100", "5")], min_quantity="0.05")


def attempted(side: Side, amount: str, levels: list[tuple[str, str]]) -> DepthConversion | Exception:
    try:
        return converted(side, amount, levels)
    except (OrderTooSmall, BookTooThin) as refusal:
        return refusal


@given(
    amount=st.decimals("0.01", "100", places=4),
    levels=st.lists(
        st.tuples(st.decimals("1", "999", places=2), st.decimals("0.01", "20", places=2)),
        min_size=1,
        max_size=8,
        unique_by=lambda level: level[0],
    ),
)
def test_nothing_is_lost_and_what_can_be_had_can_be_had(amount: Decimal, levels: list[tuple[Decimal, Decimal]]) -> None:
    for side in Side:
        rows = sorted(((str(p), str(q)) for p, q in levels), key=lambda row: Decimal(row[0]), reverse=side is Side.SELL)
        found = attempted(side, str(amount), rows)
        if isinstance(found, BookTooThin) and found.filled:
            again = converted(side, str(found.filled), rows)
            assert (again.filled, again.received) == (found.filled, found.received)
        if not isinstance(found, DepthConversion):
            continue
        (trade,) = found.trades
        assert trade.paid + trade.left_over == amount
        assert found.received + trade.fee == trade.bought
        assert trade.quantity % Decimal(LOT) == 0
        assert Fraction(found.rate) == rounded_half_even(Fraction(found.received) / Fraction(amount))
        assert found.slippage_percent >= 0


def test_what_a_thin_book_takes_is_told_in_the_unit_that_was_asked_for() -> None:
    instruments = Instruments.of("here", [("1000SATS-USDT", "1000SATS", "USDT")], NOW)
    market = MarketSnapshot(instruments, BookTickers.of("here", [("1000SATS-USDT", "99", "101")], NOW))
    book = OrderBook(
        "here", "1000SATS-USDT", (Level(Decimal(100), Decimal(2)),), (Level(Decimal(100), Decimal(2)),), NOW
    )
    told = {}
    for code_from, code_to in (("SATS", "USDT"), ("USDT", "SATS")):
        route = find_route(market, Currency(code_from), Currency(code_to))
        assert route is not None
        (leg,) = route.trades
        with pytest.raises(BookTooThin) as caught:
            DepthConversion.along(route, Decimal(10**6), [DepthLeg(leg, book, Decimal(0))])
        told[code_from] = [plain(caught.value.filled), plain(caught.value.received)]
    assert told == {"SATS": ["2000", "200"], "USDT": ["200", "2000"]}
