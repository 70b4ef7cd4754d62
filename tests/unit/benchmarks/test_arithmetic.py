"""The benchmark's statistics on raw measurements."""

import pytest
from benchmarks.arithmetic import Measurement, interleaved, percentile, ratios


def test_a_measurement_has_a_median_and_a_spread() -> None:
    measurement = Measurement("quiet.direct", [0.9, 0.5, 0.8])
    assert measurement.median == 0.8
    assert measurement.spread == (0.5, 0.9)


async def test_contenders_alternate_so_that_a_slow_moment_hits_both() -> None:
    order: list[str] = []

    async def ours() -> int:
        order.append("A")
        return len(order)

    async def theirs() -> int:
        order.append("B")
        return len(order)

    results = await interleaved({"ours": ours, "theirs": theirs})
    assert "".join(order) == "ABABAB"
    assert results == {"ours": [1, 3, 5], "theirs": [2, 4, 6]}


def test_a_ratio_is_taken_within_each_repeat() -> None:
    # The machine was half as fast in the second repeat; both met that, and the ratio does not show it.
    assert ratios([800, 400, 820], [1000, 500, 1000]) == [0.8, 0.8, 0.82]


def test_different_numbers_of_repeats_give_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2, 3], [1, 2])


@pytest.mark.parametrize(("share", "value"), [(0.99, 99), (0.5, 50), (1, 100), (0, 1)])
def test_a_percentile_is_the_nearest_rank(share: float, value: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == value


def test_the_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 0.99) == 7.0
