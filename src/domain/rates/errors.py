"""What can go wrong with rates and conversions.

`ExchangeUnavailable` (it could not be asked) and `NoRoute` (it answered: there is none) are never mixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import CrossrateError, RefusedInput


class InvalidAmount(RefusedInput):
    """Not a plain, bounded, non-negative decimal."""


class UnknownExchange(RefusedInput):
    """A name that no configured exchange bears."""

    def __init__(self, name: str, supported: Sequence[str]) -> None:
        self.name = name
        self.supported = tuple(supported)
        super().__init__(f"is not a supported exchange; the supported ones are: {', '.join(self.supported)}")


class InvalidBook(CrossrateError):
    """A book that is not 0 < bid <= ask, in finite numbers."""


class NothingTradable(CrossrateError):
    """A whole listing or snapshot without one usable row: a fault of the exchange, not a market."""


class NoRoute(CrossrateError):
    """Every exchange asked has answered, and none leads from one currency to the other.

    `reasons` says why, for each exchange in the order in which they were asked.
    """

    def __init__(self, currency_from: str, currency_to: str, reasons: Mapping[str, str]) -> None:
        self.currency_from = currency_from
        self.currency_to = currency_to
        self.reasons = dict(reasons)
        super().__init__(f"no route from {currency_from} to {currency_to}")


class FailureReason(StrEnum):
    """Why an exchange could not be asked, in one word that logs and answers share."""

    TIMEOUT = "timeout"
    NETWORK = "network"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    REFUSED = "refused"
    BAD_BODY = "bad_body"
    CIRCUIT_OPEN = "circuit_open"


# Whatever is asked for next would meet with the same; the other reasons may be about one path only.
_OF_THE_WHOLE_EXCHANGE = frozenset({FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.RATE_LIMITED})


@dataclass(eq=False)
class ExchangeUnavailable(CrossrateError):
    """One exchange could not be asked. It says nothing about what that exchange lists.

    `retry_after_seconds` is how long it is to be left alone from now on, None when nothing tells.
    `is_transient` tells whether a second attempt at once has a chance.
    """

    exchange: str
    reason: FailureReason
    detail: str
    retry_after_seconds: float | None = None
    is_transient: bool = False

    def __str__(self) -> str:
        return f"{self.exchange}: {self.reason}: {self.detail}"

    @property
    def is_of_the_whole_exchange(self) -> bool:
        """Whether a call for something else would very likely have failed in the same way."""
        return self.reason in _OF_THE_WHOLE_EXCHANGE


class ConversionUnavailable(CrossrateError):
    """No answer can be given now, because exchanges that might have had the route could not be asked.

    `failures` holds the failure of each of those; `reasons`, why each exchange that did answer has no route.
    `diverging` names, for each exchange that has a route and is no substitute, the pairs of it that are priced too far
    from what a failed one said of them: what bears that name there is likely another coin.
    """

    def __init__(
        self,
        failures: Mapping[str, ExchangeUnavailable],
        reasons: Mapping[str, str],
        diverging: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.failures = dict(failures)
        self.reasons = dict(reasons)
        self.diverging = {exchange: tuple(pairs) for exchange, pairs in (diverging or {}).items()}
        told = [str(failure) for failure in failures.values()]
        told += [f"{exchange}: prices {', '.join(pairs)} too differently" for exchange, pairs in self.diverging.items()]
        super().__init__("; ".join(told))
