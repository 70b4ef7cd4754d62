"""Nothing is lost and nothing doubled, in whichever order things happen and whatever breaks."""

from collections.abc import Iterator
from functools import cache

import pytest
import structlog

from tests.simulation.orders.simulate import Told, quiet, simulate

SEEDS_AT_ONCE = 25

# What each of these told of was a fault once: a venue's opening that swallowed a purchase booked at that moment; a late
# request, which no venue executes, taken for a purchase; and, of the simulated server, a cancelled commit with no end.
FOUND_FAULTS = (2368, 7871, 60150)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    kept = structlog.get_config()
    quiet()
    yield
    structlog.configure(**kept)


@cache
def told_with_lines(seed: int) -> Told:
    """Tell a story once for all tests of this process."""
    return simulate(seed, with_lines=True)


@pytest.mark.parametrize("first", range(0, 100, SEEDS_AT_ONCE))
def test_every_story_ends_with_all_accounted_for(first: int) -> None:
    for seed in range(first, first + SEEDS_AT_ONCE):
        told = told_with_lines(seed)
        assert told.violations == [], f"`make simulate.orders SEED={seed}` tells it:\n" + "\n".join(told.lines)


@pytest.mark.parametrize("seed", FOUND_FAULTS)
def test_a_story_that_told_of_a_fault_ends_well(seed: int) -> None:
    assert simulate(seed).violations == []


def test_a_seed_tells_the_same_story_again() -> None:
    assert simulate(7, with_lines=True) == simulate(7, with_lines=True)
    assert simulate(7, with_lines=True).lines != simulate(8, with_lines=True).lines


def test_stories_have_everything_in_them_that_may_happen() -> None:
    """A simulation in which nothing breaks proves nothing."""
    told = "\n".join(line for seed in range(40) for line in told_with_lines(seed).lines)
    for event in (
        "is killed",
        "stands still",
        "clock moved",
        "goes down",
        "hears nothing of its commit, and the database will commit",
        "hears nothing of its commit, and the database will roll_back",
        "no answer in time",
        "503",
        "nowhere",
        "refuses",
        "drops",
        "executes",
        "resumes",
        "is_replayed=True",
        "refunded",
    ):
        assert event in told, event
