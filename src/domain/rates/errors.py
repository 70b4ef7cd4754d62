"""What can go wrong with rates and conversions.

A source that could not be asked and a source that answered "no" never look alike. Exchanges and sources of recorded
quotes share the three errors for that: `PriceSourceUnavailable` (one source failed), `NotOffered` (all answered, none
has it) and `NotAllAnswered` (some failed, the others do not have it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import CrossrateError, RefusedInput


class InvalidAmount(RefusedInput):
    """Not a plain, bounded, non-negative decimal."""


class UnknownExchange(RefusedInput):
    """Not the name of a configured exchange."""

    def __init__(self, name: str, supported: Sequence[str]) -> None:
        self.name = name
        self.supported = tuple(supported)
        super().__init__(f"is not a supported exchange; the supported ones are: {', '.join(self.supported)}")


class InvalidBook(CrossrateError):
    """Not 0 < bid <= ask in finite numbers."""


class NothingTradable(CrossrateError):
    """A whole listing or snapshot without one usable row: a failure of the exchange, not a market."""


class FailureReason(StrEnum):
    """Why a source could not be asked, in one word that logs, metrics and answers share."""

    TIMEOUT = "timeout"
    NETWORK = "network"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    REFUSED = "refused"
    BAD_BODY = "bad_body"
    CIRCUIT_OPEN = "circuit_open"


# The next call would fail alike, whatever it asks for; the other reasons may concern one path only.
_OF_THE_WHOLE_EXCHANGE = frozenset({FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.RATE_LIMITED})


@dataclass(eq=False)
class PriceSourceUnavailable(CrossrateError):
    """One source could not be asked, which says nothing about what it offers.

    `retry_after_seconds` is how long to leave it alone from now on, None when unknown.
    """

    source: str
    reason: FailureReason
    detail: str
    retry_after_seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}: {self.detail}"


class NotOffered(CrossrateError):
    """Every source asked has answered, and none has it. `reasons` says why for each, in the order asked."""

    def __init__(self, message: str, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__(message)


class NotAllAnswered(CrossrateError):
    """No answer now: a source that might have it could not be asked.

    `failures` holds the failure of each of those; `reasons` says why each source that answered does not have it.
    """

    def __init__(self, failures: Mapping[str, PriceSourceUnavailable], reasons: Mapping[str, str], *more: str) -> None:
        self.failures = dict(failures)
        self.reasons = dict(reasons)
        super().__init__("; ".join((*map(str, failures.values()), *more)))


@dataclass(eq=False)
class ExchangeUnavailable(PriceSourceUnavailable):
    """One exchange could not be asked. `is_transient` tells whether an immediate second attempt may succeed."""

    is_transient: bool = False

    @property
    def exchange(self) -> str:
        """The name of the exchange."""
        return self.source

    @property
    def is_of_the_whole_exchange(self) -> bool:
        """Whether a call for something else would very likely have failed alike."""
        return self.reason in _OF_THE_WHOLE_EXCHANGE


class NoRoute(NotOffered):
    """Every exchange asked has answered, and none leads from one currency to the other."""

    def __init__(self, currency_from: str, currency_to: str, reasons: Mapping[str, str]) -> None:
        self.currency_from = currency_from
        self.currency_to = currency_to
        super().__init__(f"no route from {currency_from} to {currency_to}", reasons)


class ConversionUnavailable(NotAllAnswered):
    """No conversion now: an exchange that might have the route could not be asked.

    `diverging` names the exchanges that have a route but may not stand in for a failed one, each with the pairs whose
    prices differ too much from what the failed one last quoted: its ticker is likely another coin.
    """

    def __init__(
        self,
        failures: Mapping[str, ExchangeUnavailable],
        reasons: Mapping[str, str],
        diverging: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.diverging = {exchange: tuple(pairs) for exchange, pairs in (diverging or {}).items()}
        differing = [
            f"{exchange}: prices {', '.join(pairs)} too differently" for exchange, pairs in self.diverging.items()
        ]
        super().__init__(failures, reasons, *differing)
