"""An order pays exactly for what it gets, in however many parts."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.asset import Asset
from domain.orders.errors import OrderNotCancellable
from domain.orders.order import Order, OrderStatus, Purchaser
from domain.orders.terms import Terms

NOBODY = UUID(int=0)


def order(amount: int = 100, cost: int = 1000, fee: int = 10) -> Order:
    terms = Terms(Asset.of("BTC", 18), Asset.of("USDT", 18), amount, Decimal(1), cost, fee, cost)
    return Order(NOBODY, Purchaser(NOBODY, NOBODY, NOBODY, NOBODY), terms, 0.0, 0.0, NOBODY)


@given(
    parts=st.lists(st.integers(1, 10**20), min_size=1, max_size=10),
    cost=st.integers(1, 10**30),
    fee=st.integers(0, 10**25),
)
def test_an_order_filled_in_parts_has_paid_cost_and_fee_exactly(parts: list[int], cost: int, fee: int) -> None:
    now, paid_cost, paid_fee = order(sum(parts), cost, fee), 0, 0
    for part in parts:
        filled = now.fill(part)
        assert filled.cost >= 0
        assert filled.fee >= 0
        now, paid_cost, paid_fee = filled.order, paid_cost + filled.cost, paid_fee + filled.fee
    assert (paid_cost, paid_fee, now.left, now.unpaid) == (cost, fee, 0, 0)


def test_an_order_refunded_after_a_part_gets_back_what_it_has_not_paid() -> None:
    ended = order().fill(25).order.refund(5.0, "waited too long")
    assert (ended.filled, ended.paid_cost + ended.paid_fee, ended.refunded) == (25, 252, 758)
    assert ended.status is OrderStatus.REFUNDED


def test_nothing_counts_as_refunded_before_the_end() -> None:
    assert order().fill(25).order.refunded == 0


@pytest.mark.parametrize("status", [each for each in OrderStatus if each is not OrderStatus.QUEUED])
def test_only_a_queued_order_can_be_cancelled(status: OrderStatus) -> None:
    with pytest.raises(OrderNotCancellable):
        replace(order(), status=status).check_cancellable()
