"""What a purchase costs is never less than the price asks, and never more than the buyer said."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.decimals import EXACT
from domain.ledger.asset import Asset
from domain.orders.errors import InvalidPurchase
from domain.orders.terms import Charges, Market, Terms, with_margin

BTC = Asset.of("BTC", 18)
USDT = Asset.of("USDT", 18)
EUR = Asset.of("EUR", 2)

prices = st.decimals(min_value="0.00000001", max_value=10**6, places=8)
amounts = st.decimals(min_value="0.00000001", max_value=10**6, places=8)
percents = st.decimals(min_value=0, max_value=20, places=3)


def market(price: str | Decimal, fee_percent: str | Decimal = "0.1") -> Market:
    return Market(Decimal(price), Decimal(price), USDT, Decimal(fee_percent))


def test_cost_is_amount_times_price_and_the_fee_comes_on_top() -> None:
    terms = Terms.of_amount(BTC, USDT, Decimal("0.5"), market("68012.1"))
    assert USDT.amount_of(terms.cost) == Decimal("34006.05")
    assert USDT.amount_of(terms.fee) == Decimal("34.00605")


def test_cost_and_fee_are_rounded_up_to_the_decimals_of_what_is_paid() -> None:
    terms = Terms.of_amount(BTC, EUR, Decimal("0.00000001"), market("68012.1"))
    assert (terms.cost, terms.fee) == (1, 1)


@given(amount=amounts, price=prices, fee=percents)
def test_the_house_never_gets_less_than_the_price_and_the_fee(amount: Decimal, price: Decimal, fee: Decimal) -> None:
    terms = Terms.of_amount(BTC, EUR, amount, market(price, fee))
    assert EUR.amount_of(terms.cost) >= EXACT.multiply(amount, price)
    assert EXACT.multiply(EUR.amount_of(terms.fee), Decimal(100)) >= EXACT.multiply(EUR.amount_of(terms.cost), fee)


@given(spend=st.decimals(min_value="0.01", max_value=10**9, places=2), price=prices, fee=percents)
def test_spending_buys_the_largest_amount_whose_cost_and_fee_are_within_it(
    spend: Decimal, price: Decimal, fee: Decimal
) -> None:
    assume(Terms.of_amount(BTC, EUR, Decimal("1E-8"), market(price, fee)).total <= EUR.units_of(spend))
    terms = Terms.of_spend(BTC, EUR, spend, market(price, fee))
    assert terms.total <= EUR.units_of(spend)
    more = EXACT.add(BTC.amount_of(terms.amount), Decimal("1E-8"))
    assert Terms.of_amount(BTC, EUR, more, market(price, fee)).total > EUR.units_of(spend)


def test_spending_too_little_to_buy_anything_is_refused() -> None:
    with pytest.raises(InvalidPurchase, match="too little") as caught:
        Terms.of_spend(BTC, EUR, Decimal("0.01"), market("100000000"))
    assert caught.value.field == "spend"


def test_spending_for_more_than_can_be_counted_is_refused() -> None:
    with pytest.raises(InvalidPurchase, match="buys more than can be counted") as caught:
        Terms.of_spend(BTC, EUR, Decimal("1E+16"), market("0.00001"))
    assert caught.value.field == "spend"


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("0", "must be more than 0"),
        ("0.000000001", "must have at most 8 decimals"),
        ("1E+20", "must be less than 1E20"),
        ("1E+30", "must be less than 1E20"),
    ],
)
def test_an_amount_that_cannot_be_bought_is_refused_and_says_which_bound_it_passes(amount: str, why: str) -> None:
    with pytest.raises(InvalidPurchase, match=f"^{why}$"):
        Terms.of_amount(BTC, USDT, Decimal(amount), market("1"))


def test_a_purchase_that_costs_the_house_more_than_can_be_counted_is_refused() -> None:
    dear = replace(market("1"), clearing_price=Decimal("1E+20"))
    with pytest.raises(InvalidPurchase, match="costs more than can be counted"):
        Terms.of_amount(BTC, USDT, Decimal(100), dear)


def test_the_margin_is_part_of_the_price_which_is_rounded_up_to_12_digits() -> None:
    charges = Charges(Decimal("0.5"), Decimal("0.1"))
    assert with_margin(Decimal("68012.1"), charges) == Decimal("68352.1605000")
    assert with_margin(Decimal("1.23456789012"), charges) == Decimal("1.24074072958")
