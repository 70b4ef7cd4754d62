"""What can go wrong with recorded quotes. A source that failed and one that has no rate never look alike."""

from collections.abc import Mapping

from domain.errors import CrossrateError, RefusedInput
from domain.rates.errors import FailureReason, NotAllAnswered, NotOffered, PriceSourceUnavailable

# Failures on the way to a source. A circuit breaker stays open for seconds only, and mostly after failures like these.
_ON_THE_WAY = frozenset({FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.CIRCUIT_OPEN})


class InvalidPeriod(RefusedInput):
    """A period that ends before it begins, or is too long. The message is about its beginning."""


class InvalidQuote(CrossrateError):
    """A rate that is not a finite number within the bounds of real ones."""


class NotRecorded(CrossrateError):
    """No quote of the pair has been recorded yet. The message may be shown to the caller."""


class SourceUnavailable(PriceSourceUnavailable):
    """One source of quotes could not be asked."""


class NotQuoted(NotOffered):
    """Every source asked has answered, and none has a rate of the pair."""

    def __init__(self, pair: str, reasons: Mapping[str, str]) -> None:
        self.pair = pair
        super().__init__(f"{pair} is not quoted", reasons)


class QuoteUnavailable(NotAllAnswered):
    """No quote now: a source that might have one could not be asked."""

    def __init__(self, pair: str, failures: Mapping[str, SourceUnavailable], reasons: Mapping[str, str]) -> None:
        self.pair = pair
        super().__init__(failures, reasons)

    @property
    def may_soon_succeed(self) -> bool:
        """Whether the way to a source failed rather than the source, so that asking again in a moment may succeed."""
        return any(failure.reason in _ON_THE_WAY for failure in self.failures.values())
