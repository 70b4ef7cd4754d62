"""An exchange's failure reaches other processes as it was; damage does not end a pause."""

import pytest

from adapters.redis.failures import decode_failure, decode_pause, encode_failure
from application.market_data.errors import LockUnavailable
from domain.rates.errors import ExchangeUnavailable, FailureReason

FAILURE = ExchangeUnavailable("binance", FailureReason.BLOCKED, "HTTP 451", 300.0, is_transient=True)


@pytest.mark.parametrize("reason", FailureReason)
def test_a_failure_comes_back_as_it_was(reason: FailureReason) -> None:
    failure = ExchangeUnavailable("binance", reason, "why", None)
    for each in (failure, FAILURE):
        decoded = decode_failure(encode_failure(each), "binance")
        assert (decoded.source, decoded.reason, decoded.detail, decoded.retry_after_seconds, decoded.is_transient) == (
            *(each.source, each.reason, each.detail),
            *(each.retry_after_seconds, each.is_transient),
        )


DAMAGED = [b"", b"nonsense", b"\x94\xa5never\xa0\xc0\xc2", encode_failure(FAILURE)[:-1], b"\x91" * 100_000]


@pytest.mark.parametrize("value", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_failure_is_a_lock_that_cannot_be_used(value: bytes) -> None:
    with pytest.raises(LockUnavailable):
        decode_failure(value, "binance")


@pytest.mark.parametrize("value", DAMAGED, ids=range(len(DAMAGED)))
def test_a_pause_with_a_damaged_reason_is_still_a_pause(value: bytes) -> None:
    paused = decode_pause(value, "binance", 7.5)
    assert (paused.reason, paused.retry_after_seconds) == (FailureReason.RATE_LIMITED, 7.5)


def test_a_pause_keeps_its_reason_and_has_the_time_that_is_left() -> None:
    paused = decode_pause(encode_failure(FAILURE), "binance", 7.5)
    assert (paused.reason, paused.detail, paused.retry_after_seconds) == (FailureReason.BLOCKED, "HTTP 451", 7.5)
