"""What can go wrong with recorded quotes.

`SourceUnavailable` (it could not be asked) and `NotQuoted` (it answered: it has no rate) are never mixed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import CrossrateError, RefusedInput
from domain.rates.errors import FailureReason

# A breaker that is open is so for seconds, and mostly after failures of this kind.
_OF_THE_WAY = frozenset({FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.CIRCUIT_OPEN})


class InvalidPeriod(RefusedInput):
    """A span of time that is none, or too long. The message is about its beginning."""


class InvalidQuote(CrossrateError):
    """A rate that is no finite number within the bounds of real ones."""


class NotRecorded(CrossrateError):
    """No quote of the pair was recorded so far. The message is fit for the one who asked."""


class NotQuoted(CrossrateError):
    """Every source asked has answered, and none has a rate of the pair; `reasons` says why, for each in its order."""

    def __init__(self, pair: str, reasons: Mapping[str, str]) -> None:
        self.pair = pair
        self.reasons = dict(reasons)
        super().__init__(f"{pair} is not quoted")


@dataclass(eq=False)
class SourceUnavailable(CrossrateError):
    """One source of quotes could not be asked, which says nothing about what it quotes.

    `retry_after_seconds` is how long it is to be left alone from now on, None when nothing tells.
    """

    source: str
    reason: FailureReason
    detail: str
    retry_after_seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}: {self.detail}"


class QuoteUnavailable(CrossrateError):
    """No quote can be had now, because a source that might have had one could not be asked.

    `failures` holds the failure of each of those; `reasons`, why each source that did answer has none.
    """

    def __init__(self, pair: str, failures: Mapping[str, SourceUnavailable], reasons: Mapping[str, str]) -> None:
        self.pair = pair
        self.failures = dict(failures)
        self.reasons = dict(reasons)
        super().__init__("; ".join(str(failure) for failure in failures.values()))

    @property
    def may_soon_be_had(self) -> bool:
        """Whether the way to a source failed rather than the source, so that asking again in a moment has a chance."""
        return any(failure.reason in _OF_THE_WAY for failure in self.failures.values())
