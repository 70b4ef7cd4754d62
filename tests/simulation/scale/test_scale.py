"""A hundred nodes make the calls of one: the real coalescing and locking, on virtual time, with faults.

`make simulate.scale` tells more and longer stories.
"""

from functools import cache

import pytest

from adapters.memory.fetch_lock import LEASE_SECONDS
from application.market_data.lease_wait import MIN_PATIENCE_SECONDS
from tests.simulation.orders.simulate import quiet
from tests.simulation.scale.nodes import LONGEST_ANSWER_SECONDS, QUOTA, TIMEOUT_SECONDS, budget, most_calls
from tests.simulation.scale.simulate import Fault, Told, simulate

SECONDS, NODES = 10.0, 100
REQUESTS_PER_SECOND = 100.0

# A dead node's lease expires, then patience with others ends, while a last fetch hangs.
LONGEST_WAIT_SECONDS = LEASE_SECONDS + MIN_PATIENCE_SECONDS + TIMEOUT_SECONDS


def tell(nodes: int, fault: Fault, seed: int = 1, *, begins_again: bool = False) -> Told:
    quiet()
    return simulate(
        nodes, SECONDS, fault, seed=seed, requests_per_second=REQUESTS_PER_SECOND, begins_again=begins_again
    )


told = cache(tell)


@pytest.mark.parametrize("fault", Fault)
def test_no_price_is_older_than_accepted_and_nobody_waits_for_long_whatever_fails(fault: Fault) -> None:
    story = told(NODES, fault)
    assert story.too_old == ()
    assert story.longest_wait <= LONGEST_WAIT_SECONDS
    assert story.answered > story.requests / 2
    assert story.requests > SECONDS * REQUESTS_PER_SECOND * 0.8
    assert story.heaviest_minute <= QUOTA.limit
    if fault is Fault.AWAY:  # each node fetches for itself, which shows that the bound is one
        assert story.calls > most_calls(SECONDS)
    else:
        assert story.calls <= most_calls(SECONDS)
        assert story.weight <= budget(SECONDS, bursts=2 if fault is Fault.EMPTY else 1)
    assert (story.kills > 0) == (fault is Fault.KILLS)


def test_a_hundred_nodes_call_about_as_often_as_one_and_share_what_comes() -> None:
    many, one = told(NODES, Fault.NOTHING), told(1, Fault.NOTHING)
    assert many.calls < 2 * one.calls
    assert many.usual_wait < 3 * LONGEST_ANSWER_SECONDS  # of a fetch that had begun, and of the next


def test_the_simulation_finds_what_fencing_tokens_prevent_that_begin_again() -> None:
    """Written late, by a fetch from before, an old price would pass for a new one."""
    assert told(NODES, Fault.EMPTY, begins_again=True).too_old != ()


def test_a_seed_tells_the_same_story_again() -> None:
    assert tell(5, Fault.KILLS, 7) == tell(5, Fault.KILLS, 7)
