"""When a bar is held, missed within tolerance, or missed."""

import pytest
from benchmarks.targets import SHORT_TARGETS, TAILS, TARGETS, Better, Target, Verdict

RATE = Target("requests/s", Better.HIGHER, bar=0.75, aim=0.95)
STALL = Target("stall", Better.LOWER, bar=10, aim=3, unit="ms")


@pytest.mark.parametrize(
    ("target", "value", "verdict"),
    [
        (RATE, 0.95, Verdict.AIM),
        (RATE, 0.94, Verdict.BAR),
        (RATE, 0.75, Verdict.BAR),
        (RATE, 0.74, Verdict.WITHIN_TOLERANCE),
        (RATE, 0.61, Verdict.WITHIN_TOLERANCE),
        (RATE, 0.59, Verdict.MISSED),
        (STALL, 3, Verdict.AIM),
        (STALL, 10, Verdict.BAR),
        (STALL, 11.9, Verdict.WITHIN_TOLERANCE),
        (STALL, 12.1, Verdict.MISSED),
    ],
)
def test_a_bar_is_missed_only_beyond_a_fifth(target: Target, value: float, verdict: Verdict) -> None:
    assert target.verdict(value) is verdict


def test_a_bar_without_an_aim_can_only_be_held() -> None:
    assert Target("start", bar=2, unit="s").verdict(0.1) is Verdict.BAR


def test_a_figure_without_a_bar_is_never_missed() -> None:
    assert Target("upstream calls").verdict(1e9) is Verdict.SHOWN


def test_every_aim_is_harder_than_its_bar() -> None:
    for target in TARGETS.values():
        if target.bar is not None and target.aim is not None:
            assert target.verdict(target.bar) is Verdict.BAR, target.title


@pytest.mark.parametrize("key", TAILS)
def test_only_a_short_run_tolerates_a_p99_half_above_its_bar(key: str) -> None:
    bar = TARGETS[key].bar
    assert bar is not None
    assert TARGETS[key].verdict(bar * 1.21) is Verdict.MISSED
    assert SHORT_TARGETS[key].verdict(bar * 1.49) is Verdict.WITHIN_TOLERANCE
    assert SHORT_TARGETS[key].verdict(bar * 1.51) is Verdict.MISSED


def test_a_short_run_is_as_strict_about_every_other_figure() -> None:
    assert {key: each for key, each in SHORT_TARGETS.items() if key not in TAILS} == {
        key: each for key, each in TARGETS.items() if key not in TAILS
    }


def test_a_slow_machine_may_take_longer_and_its_ratios_may_scatter_more() -> None:
    assert STALL.verdict(20, slowness=2) is Verdict.BAR
    assert STALL.verdict(27.9, slowness=2) is Verdict.WITHIN_TOLERANCE
    assert STALL.verdict(28.1, slowness=2) is Verdict.MISSED
    assert RATE.verdict(0.46, slowness=2) is Verdict.WITHIN_TOLERANCE
    assert RATE.verdict(0.44, slowness=2) is Verdict.MISSED
    assert RATE.verdict(0.37, slowness=9) is Verdict.MISSED
