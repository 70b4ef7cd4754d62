"""What a batch received is divided without a unit more or less."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders import allocation
from domain.orders.allocation import Allocation, Wanted

amounts = st.lists(st.integers(1, 10**24), min_size=1, max_size=40)
few_amounts = st.lists(st.integers(1, 5), min_size=1, max_size=12)


def orders_of(units: list[int]) -> list[Wanted]:
    return [Wanted(sequence, each) for sequence, each in enumerate(units, start=1)]


@given(units=amounts | few_amounts, data=st.data())
def test_the_shares_add_up_to_what_was_received_and_nobody_gets_more_than_wanted(
    units: list[int], data: st.DataObject
) -> None:
    received = data.draw(st.integers(0, sum(units) * 2))
    orders = orders_of(units)
    shares = [Allocation.divide(orders, received).share(order) for order in orders]
    assert sum(shares) == min(received, sum(units))
    assert all(0 <= share <= order.units for share, order in zip(shares, orders, strict=True))


@given(units=amounts | few_amounts, data=st.data())
def test_no_share_is_a_unit_away_from_its_exact_proportion(units: list[int], data: st.DataObject) -> None:
    received = data.draw(st.integers(0, sum(units)))
    allocation = Allocation.divide(orders_of(units), received)
    for order in orders_of(units):
        exact = Fraction(order.units * received, sum(units))
        assert abs(allocation.share(order) - exact) < 1


@given(units=few_amounts, data=st.data())
def test_the_order_of_arrival_decides_ties_and_nothing_else(units: list[int], data: st.DataObject) -> None:
    received = data.draw(st.integers(0, sum(units)))
    shuffled = data.draw(st.permutations(units))

    def odd_units(amounts: list[int]) -> list[tuple[int, int]]:
        """Return each order's remainder, and what it got beyond its share rounded down."""
        allocation = Allocation.divide(orders_of(amounts), received)
        shares = [(divmod(each.units * received, sum(units)), allocation.share(each)) for each in orders_of(amounts)]
        return [(remainder, share - floor) for (floor, remainder), share in shares]

    assert sorted(odd_units(units)) == sorted(odd_units(shuffled))
    for tie in {remainder for remainder, _ in odd_units(units)}:  # the earlier of two never gets less
        of_tie = [odd for remainder, odd in odd_units(units) if remainder == tie]
        assert of_tie == sorted(of_tie, reverse=True)


def test_the_largest_remainder_gets_the_odd_unit() -> None:
    orders = [Wanted(1, 1), Wanted(2, 2)]
    assert [Allocation.divide(orders, 1).share(order) for order in orders] == [0, 1]


def test_the_division_does_not_depend_on_the_sequence_in_which_orders_are_listed() -> None:
    orders = [Wanted(9, 3), Wanted(4, 3), Wanted(7, 3)]
    assert Allocation.divide(orders, 5) == Allocation.divide(reversed(orders), 5)


def test_a_division_in_many_slices_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = orders_of([7, 1, 5, 3, 9, 2, 8, 4, 6, 5, 3, 1])
    for received in range(60):
        whole = Allocation.divide(orders, received)
        with monkeypatch.context() as sliced:
            sliced.setattr(allocation, "_SLICE", 2)
            slices = Allocation.in_slices(orders, received)
            assert (received >= 54) or len(list(slices)) >= 6
            assert Allocation.divide(orders, received) == whole
