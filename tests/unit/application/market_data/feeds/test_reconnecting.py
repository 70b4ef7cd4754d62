"""Pauses before connecting again."""

import random

import pytest

from application.market_data.feeds.reconnecting import BLOCKED_SECONDS, LONGEST_SECONDS, Backoff
from domain.rates.errors import ExchangeUnavailable, FailureReason


def failure(reason: FailureReason, text: str = "x", seconds: float | None = None) -> ExchangeUnavailable:
    return ExchangeUnavailable("binance", reason, text, seconds)


def test_pauses_grow_with_jitter_up_to_a_minute_and_begin_again_after_a_connection_that_lasted() -> None:
    backoff = Backoff(lambda _, high: high)
    lost = failure(FailureReason.NETWORK)
    assert [backoff.seconds_after(lost, 0.0) for _ in range(5)] == [3, 9, 27, LONGEST_SECONDS, LONGEST_SECONDS]
    assert backoff.seconds_after(lost, 3600.0) == 3


def test_two_processes_pause_differently() -> None:
    one, other = (Backoff(random.Random(seed).uniform) for seed in (1, 2))  # noqa: S311 -- no secret
    assert one.seconds_after(None, 0.0) != other.seconds_after(None, 0.0)


@pytest.mark.parametrize("text", ["Binance: -1003 banned", "x", ""])
def test_no_text_of_an_error_decides_about_the_pause(text: str) -> None:
    """unicorn-binance-websocket-api#398: the backoff was skipped because the text was matched."""
    backoff = Backoff(lambda _, high: high)
    assert backoff.seconds_after(failure(FailureReason.NETWORK, text), 0.0) == 3


def test_a_pause_is_as_long_as_the_exchange_asks_for() -> None:
    backoff = Backoff(lambda low, _: low)
    assert backoff.seconds_after(failure(FailureReason.RATE_LIMITED, seconds=120.0), 0.0) == 120


def test_what_is_refused_is_tried_again_soon_and_ever_more_rarely_until_a_connection_lasts() -> None:
    backoff = Backoff(lambda low, _: low)
    refused = failure(FailureReason.REFUSED)
    assert [backoff.seconds_after(refused, 0.0) for _ in range(7)] == [10, 20, 40, 80, 160, 300, 300]
    assert backoff.seconds_after(refused, 3600.0) == 10


def test_where_nobody_lets_us_in_is_tried_rarely() -> None:
    assert Backoff(lambda low, _: low).seconds_after(failure(FailureReason.BLOCKED), 0.0) == BLOCKED_SECONDS
