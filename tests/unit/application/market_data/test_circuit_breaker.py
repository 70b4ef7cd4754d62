"""When the breaker opens, for how long, and what closes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.market_data.circuit_breaker import BreakerState, CircuitBreaker
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.exchange import failure

# The promised figures, written out so that a change of the breaker's own shows here.
MIN_CALLS = 5
WINDOW_SECONDS = 10.0
OPEN_SECONDS = 5.0

DOWN = failure("binance")
COUNTED = [reason for reason in FailureReason if reason is not FailureReason.RATE_LIMITED]


def ended(breaker: CircuitBreaker, now: float, cause: ExchangeUnavailable | None = DOWN) -> bool:
    """Admit a call that ends at once, in success without a `cause`; return whether it changed the breaker."""
    call = breaker.admit(now)
    changed = breaker.succeeded(call, now) if cause is None else breaker.failed(call, cause, now)
    breaker.release(call)
    return changed


def opened() -> CircuitBreaker:
    breaker = CircuitBreaker()
    for _ in range(MIN_CALLS):
        ended(breaker, NOON)
    assert breaker.state(NOON) is BreakerState.OPEN
    return breaker


def rejected(breaker: CircuitBreaker, now: float) -> ExchangeUnavailable:
    with pytest.raises(ExchangeUnavailable) as caught:
        breaker.admit(now)
    return caught.value


@pytest.mark.parametrize("reason", COUNTED)
def test_the_fifth_failure_opens_it_whatever_its_reason(reason: FailureReason) -> None:
    breaker = CircuitBreaker()
    changes = [ended(breaker, NOON + second, failure("binance", reason)) for second in range(MIN_CALLS)]
    assert changes == [False] * (MIN_CALLS - 1) + [True]


def test_as_many_failures_as_successes_open_it_and_fewer_do_not() -> None:
    breaker = CircuitBreaker()
    for _ in range(6):
        ended(breaker, NOON, None)
    assert [ended(breaker, NOON) for _ in range(6)] == [False] * 5 + [True]


def test_a_success_never_opens_it_for_the_exchange_has_just_answered() -> None:
    breaker = CircuitBreaker()
    for _ in range(MIN_CALLS - 1):
        ended(breaker, NOON)
    assert not ended(breaker, NOON, None)
    assert breaker.state(NOON) is BreakerState.CLOSED


def test_calls_that_ended_ten_seconds_ago_do_not_count_any_more() -> None:
    breaker = CircuitBreaker()
    ended(breaker, NOON)
    for _ in range(MIN_CALLS - 2):
        ended(breaker, NOON + 1)
    assert not ended(breaker, NOON + WINDOW_SECONDS)
    assert ended(breaker, NOON + WINDOW_SECONDS)


def test_while_open_a_call_is_rejected_as_not_transient_and_with_the_time_left() -> None:
    refusal = rejected(opened(), NOON + 2)
    assert (refusal.exchange, refusal.reason) == ("binance", FailureReason.CIRCUIT_OPEN)
    assert (refusal.retry_after_seconds, refusal.is_transient) == (OPEN_SECONDS - 2, False)
    assert refusal.detail == "not called for a while after: made to fail"


def test_after_the_opening_one_call_is_admitted_and_no_other_until_it_has_ended() -> None:
    breaker = opened()
    later = NOON + OPEN_SECONDS
    assert breaker.state(later) is BreakerState.HALF_OPEN
    probe = breaker.admit(later)
    refusal = rejected(breaker, later)
    assert (refusal.reason, refusal.retry_after_seconds) == (FailureReason.CIRCUIT_OPEN, None)
    assert breaker.state(later) is BreakerState.HALF_OPEN
    assert breaker.succeeded(probe, later)
    breaker.release(probe)
    assert breaker.state(later) is BreakerState.CLOSED
    assert breaker.admit(later) is not breaker.admit(later)


def test_a_probe_that_fails_opens_it_for_as_long_again() -> None:
    breaker = opened()
    later = NOON + OPEN_SECONDS
    assert ended(breaker, later)
    assert rejected(breaker, later + 1).retry_after_seconds == OPEN_SECONDS - 1
    assert ended(breaker, later + OPEN_SECONDS, None)


def test_a_cancelled_probe_makes_room_for_the_next() -> None:
    breaker = opened()
    breaker.release(breaker.admit(NOON + OPEN_SECONDS))
    assert breaker.state(NOON + OPEN_SECONDS) is BreakerState.HALF_OPEN
    assert ended(breaker, NOON + OPEN_SECONDS, None)


def test_what_failed_before_it_opened_does_not_count_after_it_closed() -> None:
    breaker = opened()
    ended(breaker, NOON + OPEN_SECONDS, None)
    assert not ended(breaker, NOON + OPEN_SECONDS)


def test_calls_sent_before_it_opened_change_nothing_when_they_end() -> None:
    breaker = CircuitBreaker()
    slow = [breaker.admit(NOON) for _ in range(2 * MIN_CALLS)]
    for _ in range(MIN_CALLS):
        ended(breaker, NOON)
    assert not breaker.succeeded(slow.pop(), NOON + 1)
    assert breaker.state(NOON + 1) is BreakerState.OPEN
    probe = breaker.admit(NOON + OPEN_SECONDS)
    old = slow.pop()
    assert not breaker.failed(old, DOWN, NOON + OPEN_SECONDS)
    breaker.release(old)
    rejected(breaker, NOON + OPEN_SECONDS)  # the probe is still under way
    assert breaker.succeeded(probe, NOON + OPEN_SECONDS)
    assert not any(breaker.failed(call, DOWN, NOON + OPEN_SECONDS) for call in slow)


def test_a_failure_with_a_pause_opens_it_at_once_for_that_long_and_keeps_its_reason() -> None:
    breaker = CircuitBreaker()
    assert ended(breaker, NOON, failure("binance", FailureReason.RATE_LIMITED, retry_after_seconds=90))
    refusal = rejected(breaker, NOON + 30)
    assert (refusal.reason, refusal.retry_after_seconds) == (FailureReason.RATE_LIMITED, 60)
    assert ended(breaker, NOON + 90, None)


def test_a_failure_with_a_pause_of_zero_is_counted_like_any_other() -> None:
    breaker = CircuitBreaker()
    at_once = failure("binance", FailureReason.RATE_LIMITED, retry_after_seconds=0)
    assert [ended(breaker, NOON, at_once) for _ in range(MIN_CALLS)] == [False] * (MIN_CALLS - 1) + [True]
    assert rejected(breaker, NOON).reason is FailureReason.CIRCUIT_OPEN


@pytest.mark.parametrize(("asked_for", "expected"), [(2.0, 4.0), (60.0, 60.0)])
def test_a_pause_from_an_older_call_extends_the_opening_and_never_shortens_it(
    asked_for: float, expected: float
) -> None:
    breaker = CircuitBreaker()
    slow = breaker.admit(NOON)
    for _ in range(MIN_CALLS):
        ended(breaker, NOON)
    limited = failure("binance", FailureReason.RATE_LIMITED, retry_after_seconds=asked_for)
    assert breaker.failed(slow, limited, NOON + 1) is (asked_for > OPEN_SECONDS)
    assert rejected(breaker, NOON + 1).retry_after_seconds == expected


def test_a_pause_that_begins_during_the_probe_outlasts_the_probes_success() -> None:
    breaker = CircuitBreaker()
    slow = breaker.admit(NOON)
    for _ in range(MIN_CALLS):
        ended(breaker, NOON)
    later = NOON + OPEN_SECONDS
    probe = breaker.admit(later)
    assert breaker.failed(slow, failure("binance", FailureReason.RATE_LIMITED, retry_after_seconds=60), later)
    assert not breaker.succeeded(probe, later)
    breaker.release(probe)
    assert rejected(breaker, later).retry_after_seconds == 60


@given(back=st.floats(0, NOON), seconds=st.sampled_from([None, 30.0, 300.0]))
def test_a_clock_that_is_set_back_keeps_it_open_for_one_whole_opening_at_most(
    back: float, seconds: float | None
) -> None:
    breaker = opened()
    if seconds is not None:
        breaker = CircuitBreaker()
        ended(breaker, NOON, failure("binance", retry_after_seconds=seconds))
    now = NOON - back
    assert breaker.state(now) is BreakerState.OPEN
    assert ended(breaker, now + (seconds or OPEN_SECONDS) + 0.001, None)


@given(back=st.floats(0.001, NOON))
def test_a_clock_that_is_set_back_does_not_keep_old_failures_in_the_window(back: float) -> None:
    breaker = CircuitBreaker()
    for _ in range(MIN_CALLS - 1):
        ended(breaker, NOON)
    assert not ended(breaker, NOON - back)


def test_a_clock_that_is_set_back_does_not_bring_back_an_opening_that_is_over() -> None:
    breaker = opened()
    ended(breaker, NOON + OPEN_SECONDS, None)
    assert ended(breaker, NOON - 3600, failure("binance", retry_after_seconds=1.0))
    assert rejected(breaker, NOON - 3600).retry_after_seconds == 1
