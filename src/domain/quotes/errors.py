"""Errors of recorded quotes. "The source failed" and "the source has no rate" are always different errors."""

import math
from collections.abc import Mapping

from domain.errors import CrossrateError, InvalidInput
from domain.rates.errors import FailureReason, NotAllAnswered, NotOffered, PriceSourceUnavailable

# Failures to reach a source. An open circuit breaker counts: it is open for seconds, mostly after failures like these.
_UNREACHABLE = frozenset({FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.CIRCUIT_OPEN})

# A source that asks for no longer a pause can be asked again within the same run of a job.
SOON_SECONDS = 10.0


class InvalidPeriod(InvalidInput):
    """The period ends before it begins, or is too long. The message refers to its start."""


class InvalidQuote(CrossrateError):
    """The rate is not a finite number within the bounds of real rates."""


class NotRecorded(CrossrateError):
    """No quote of the pair has been recorded yet. The message may be shown to the caller."""


class NotInThePast(InvalidInput):
    """The moment is not in the past. The message refers to it."""


class OnlyMid(InvalidInput):
    """Recorded rates are mid rates; others were asked for. The message refers to the rate type."""


class OnlyOneExchange(InvalidInput):
    """All exchanges of a past moment cannot be compared. The message refers to the exchange."""


class NothingToConvert(InvalidInput):
    """Both currencies are the same, of which nothing is recorded. The message refers to the second."""


class NothingRecorded(CrossrateError):
    """No rate between the two currencies was recorded near enough to a moment.

    `nearest` is the Unix second of the recorded rate that is nearest, None if none was found.
    """

    def __init__(self, ends: tuple[str, str], at: int, within_seconds: int, nearest: int | None) -> None:
        super().__init__(f"no rate from {ends[0]} to {ends[1]} was recorded within {within_seconds} s of {at}")
        self.ends = ends
        self.at = at
        self.within_seconds = within_seconds
        self.nearest = nearest


class SourceUnavailable(PriceSourceUnavailable):
    """One quote source could not be asked."""


class NotQuoted(NotOffered):
    """All sources have answered, and none has a rate of the pair."""

    def __init__(self, pair: str, reasons: Mapping[str, str]) -> None:
        self.pair = pair
        super().__init__(f"{pair} is not quoted", reasons)


class QuoteUnavailable(NotAllAnswered):
    """A source that might have a rate of the pair could not be asked, and the others have none."""

    def __init__(self, pair: str, failures: Mapping[str, SourceUnavailable], reasons: Mapping[str, str]) -> None:
        self.pair = pair
        super().__init__(failures, reasons)

    @property
    def may_soon_succeed(self) -> bool:
        """Whether a source was unreachable, or asks for a short pause, so that a retry in a moment may succeed."""
        return any(
            failure.reason in _UNREACHABLE or (failure.retry_after_seconds or math.inf) <= SOON_SECONDS
            for failure in self.failures.values()
        )
