"""A valuation says of each line how good its price is, and sums exactly what it shows."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.currency import Currency
from domain.decimals import plain
from domain.wallets.holding import Holding
from domain.wallets.valuation import (
    LINES_PER_STEP,
    LineStatus,
    NoPrice,
    Price,
    Pricing,
    ValuedLine,
    value,
    value_in_steps,
)

USD = Currency("USD")
NOWHERE = NoPrice("binance: XYZ is not listed")


def holding(code: str, amount: str = "1", held: str = "0") -> Holding:
    return Holding(UUID(int=1), Currency(code), Decimal(amount), Decimal(held))


def price(rate: str, observed_at: float = 100, stale_reason: str | None = None) -> Price:
    return Price(Decimal(rate), "binance", observed_at, stale_reason=stale_reason)


def prices(**by_code: Pricing) -> dict[Currency, Pricing]:
    return {Currency(code): each for code, each in by_code.items()}


def test_hundreds_of_lines_are_valued_in_steps() -> None:
    holdings = [holding("BTC", str(number)) for number in range(500)]
    steps = sum(1 for _ in value_in_steps(holdings, USD, prices(BTC=price("2"))))
    assert steps == 500 // LINES_PER_STEP
    assert value(holdings, USD, prices(BTC=price("2"))).total == 499 * 500


def test_each_line_is_its_amount_times_its_rate_and_the_total_their_sum() -> None:
    valuation = value([holding("BTC", "0.5"), holding("ETH", "3")], USD, prices(BTC=price("97058.5"), ETH=price("3")))
    assert [line.converted for line in valuation.lines] == [Decimal("48529.25"), Decimal(9)]
    assert valuation.total == Decimal("48538.25")
    assert valuation.is_complete


def test_what_is_held_is_worth_as_much_as_what_is_available() -> None:
    valuation = value([holding("BTC", "0.5", held="1.5")], USD, prices(BTC=price("10")))
    assert valuation.total == 20


def test_a_stale_price_counts_but_the_valuation_is_not_complete() -> None:
    valuation = value([holding("BTC")], USD, prices(BTC=price("10", stale_reason="binance: timeout")))
    (line,) = valuation.lines
    assert (line.status, line.converted, line.reason) == (LineStatus.STALE, Decimal(10), "binance: timeout")
    assert valuation.total == 10
    assert not valuation.is_complete


def test_a_missing_price_is_neither_zero_nor_one() -> None:
    unpriced, other = holding("XYZ", "7"), holding("BTC")
    valuation = value([unpriced, other], USD, prices(XYZ=NOWHERE, BTC=price("10")))
    assert valuation.lines[0] == ValuedLine(unpriced, LineStatus.UNPRICED, reason=NOWHERE.reason)
    assert valuation.lines[0].converted is valuation.lines[0].rate is None
    assert valuation.total == 10
    assert not valuation.is_complete


def test_a_line_of_zero_needs_no_price_to_be_complete() -> None:
    valuation = value([holding("XYZ", "0"), holding("BTC", "0")], USD, prices(XYZ=NOWHERE, BTC=price("1", 0, "old")))
    assert valuation.is_complete
    assert valuation.total == 0


def test_a_currency_is_worth_itself_and_needs_no_price() -> None:
    valuation = value([holding("USD", "12.34")], USD, {})
    (line,) = valuation.lines
    assert (line.status, line.rate, line.converted, line.price) == (
        LineStatus.PRICED,
        Decimal(1),
        Decimal("12.34"),
        None,
    )
    assert (valuation.is_complete, valuation.updated_at) == (True, None)


def test_an_empty_wallet_is_worth_nothing_and_that_is_all() -> None:
    valuation = value([], USD, {})
    assert (valuation.total, valuation.is_complete, valuation.updated_at) == (Decimal(0), True, None)


def test_it_is_as_old_as_its_oldest_price() -> None:
    valuation = value(
        [holding("BTC"), holding("ETH"), holding("USD"), holding("XYZ")],
        USD,
        prices(BTC=price("1", 300.9), ETH=price("1", 200.9, "old"), XYZ=NOWHERE),
    )
    assert valuation.updated_at == 200


AMOUNTS = st.decimals(0, 10**20, places=18)
RATES = st.integers(1, 10**12 - 1).flatmap(lambda digits: st.integers(-24, 12).map(lambda e: Decimal(f"{digits}E{e}")))


@given(st.lists(st.tuples(AMOUNTS, RATES), max_size=30))
def test_the_total_is_exactly_the_sum_of_the_lines_as_they_are_printed(lines: list[tuple[Decimal, Decimal]]) -> None:
    holdings = [Holding(UUID(int=1), Currency(f"C{number}"), amount) for number, (amount, _) in enumerate(lines)]
    by_code: dict[Currency, Pricing] = {
        each.code: Price(rate, "binance", 1) for each, (_, rate) in zip(holdings, lines, strict=True)
    }
    valuation = value(holdings, USD, by_code)
    printed = [plain(line.converted) for line in valuation.lines if line.converted is not None]
    assert sum(_scaled(text, 60) for text in printed) == _scaled(plain(valuation.total), 60)


def _scaled(text: str, places: int) -> int:
    """Return a plain decimal as an integer, with string arithmetic alone."""
    whole, _, fraction = text.partition(".")
    assert len(fraction) <= places
    return int(whole + fraction.ljust(places, "0"))
