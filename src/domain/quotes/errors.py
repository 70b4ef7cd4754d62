"""What can go wrong with recorded quotes.

`SourceUnavailable` (it could not be asked) and `NotQuoted` (it answered that it has no rate) are never confused.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.errors import CrossrateError, RefusedInput
from domain.rates.errors import FailureReason

# An open breaker is among them: it opens mostly after network failures, and for seconds only.
_NETWORK_FAILURES = frozenset({FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.CIRCUIT_OPEN})


class InvalidPeriod(RefusedInput):
    """A period that is empty or too long. The message is about its start."""


class InvalidQuote(CrossrateError):
    """A rate that is not a finite number within sane bounds."""


class NotRecorded(CrossrateError):
    """No quote of the pair was recorded so far. The message is fit for the caller."""


class NotQuoted(CrossrateError):
    """Every source has answered and none has a rate of the pair; `reasons` says why, by source in their order."""

    def __init__(self, pair: str, reasons: Mapping[str, str]) -> None:
        self.pair = pair
        self.reasons = dict(reasons)
        super().__init__(f"{pair} is not quoted")


@dataclass(eq=False)
class SourceUnavailable(CrossrateError):
    """One source of quotes could not be asked, which says nothing about what it quotes.

    `retry_after_seconds` is how long to wait from now on before asking it again, None when unknown.
    """

    source: str
    reason: FailureReason
    detail: str
    retry_after_seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}: {self.detail}"


class QuoteUnavailable(CrossrateError):
    """There is no quote now, because a source that might have one could not be asked.

    `failures` has the failure of each of those; `reasons`, why each source that did answer has none.
    """

    def __init__(self, pair: str, failures: Mapping[str, SourceUnavailable], reasons: Mapping[str, str]) -> None:
        self.pair = pair
        self.failures = dict(failures)
        self.reasons = dict(reasons)
        super().__init__("; ".join(str(failure) for failure in failures.values()))

    @property
    def may_soon_succeed(self) -> bool:
        """Whether the network to a source failed rather than the source itself, so that a retry may succeed."""
        return any(failure.reason in _NETWORK_FAILURES for failure in self.failures.values())
