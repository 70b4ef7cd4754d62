"""An error for each of several callers, whatever its constructor takes."""

import pytest

from application.concurrency.own_error import own_error
from domain.errors import CrossrateError, DatabaseUnavailable
from domain.quotes.errors import QuoteUnavailable, SourceUnavailable
from domain.rates.errors import FailureReason

LATE = SourceUnavailable("alphavantage", FailureReason.TIMEOUT, "no answer")


@pytest.mark.parametrize(
    "error", [DatabaseUnavailable("it is down"), LATE, QuoteUnavailable("BTC/USD", {LATE.source: LATE}, {})]
)
def test_another_error_says_the_same_and_names_the_first_as_its_cause(error: CrossrateError) -> None:
    other = own_error(error)
    assert other is not error
    assert type(other) is type(error)
    assert (str(other), other.args, vars(other)) == (str(error), error.args, vars(error))
    assert other.__cause__ is error


def test_an_error_of_the_operating_system_keeps_its_number() -> None:
    other = own_error(OSError(28, "No space left on device"))
    assert (other.errno, other.strerror) == (28, "No space left on device")
