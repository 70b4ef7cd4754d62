"""Errors of rates and conversions.

"The source could not be asked" and "the source answered no" are always different errors. Exchanges and quote sources
share three of them: `PriceSourceUnavailable` (one source failed), `NotOffered` (all answered, none has it) and
`NotAllAnswered` (some failed, the others do not have it).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.errors import CrossrateError, InvalidInput

# In place of an exchange: the one that answers best.
BEST = "best"


class InvalidAmount(InvalidInput):
    """Not a plain, bounded, non-negative decimal."""


class UnknownExchange(InvalidInput):
    """Not the name of a configured exchange."""

    def __init__(self, name: str, supported: Sequence[str]) -> None:
        self.name = name
        self.supported = tuple(supported)
        self.hint = _hint(name)
        super().__init__(f"is not a supported exchange; the supported ones are: {', '.join(self.supported)}{self.hint}")


def _hint(name: str) -> str:
    if name.isascii() and name.lower() == BEST:
        return f"; `{BEST}` is for single conversions of the API"
    return "; what the bank completes is found where no exchange is named" if "+" in name else ""


class MedianOfOne(InvalidInput):
    """An exchange was named for a median, which is of all."""

    def __init__(self) -> None:
        super().__init__("must be null for `median`, which asks all exchanges")


class NoOrderBooks(InvalidInput):
    """The exchange, or the bank, has no order books that could tell what an amount would bring."""

    def __init__(self, name: str, having: Sequence[str]) -> None:
        self.name = name
        hint = f"; these have: {', '.join(having)}" if having else ", and neither has any other that is configured"
        super().__init__(f"{name} has no order books for `depth`{hint}")


class InvalidBook(CrossrateError):
    """Not 0 < bid <= ask in finite numbers, or an order book that is empty or not sorted."""


class BookTooThin(CrossrateError):
    """An order book, as far as the exchange shows it, does not have enough for the whole amount.

    Of `currency_from`, `filled` could be traded, and would bring `received` of `currency_to`.
    """

    def __init__(
        self, exchange: str, symbol: str, currencies: tuple[str, str], filled: Decimal, received: Decimal
    ) -> None:
        self.exchange = exchange
        self.symbol = symbol
        self.currency_from, self.currency_to = currencies
        self.filled = filled
        self.received = received
        super().__init__(f"{exchange}'s order book of {symbol} is too thin")


class OrderTooSmall(CrossrateError):
    """A leg of the route would be a smaller order than the exchange takes.

    `quantity` and `funds` are the least that it takes, in units of the base and of the quote, and the currency's name.
    """

    def __init__(self, exchange: str, symbol: str, quantity: tuple[Decimal, str], funds: tuple[Decimal, str]) -> None:
        self.exchange = exchange
        self.symbol = symbol
        self.quantity = quantity
        self.funds = funds
        super().__init__(f"{exchange} takes no order so small in {symbol}")


class NothingTradable(CrossrateError):
    """A listing or snapshot has no usable row: a failure of the exchange, not an empty market."""


class FailureReason(StrEnum):
    """Why a source failed, in one word for logs, metrics and answers."""

    TIMEOUT = "timeout"
    NETWORK = "network"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    REFUSED = "refused"
    BAD_BODY = "bad_body"
    STALE = "stale"
    INCOMPLETE = "incomplete"
    CIRCUIT_OPEN = "circuit_open"
    THROTTLED = "throttled"
    HELD_BACK = "held_back"


# Every other call would fail in the same way; the other reasons may concern a single endpoint.
_EXCHANGE_WIDE = frozenset({FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.RATE_LIMITED})


@dataclass(eq=False)
class PriceSourceUnavailable(CrossrateError):
    """One source could not be asked, so it is unknown what it offers.

    `retry_after_seconds` is the time to wait before the next call, None if unknown.
    """

    source: str
    reason: FailureReason
    detail: str
    retry_after_seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}: {self.detail}"


class NotOffered(CrossrateError):
    """All sources have answered, and none has it. `reasons` maps each to its reason, in the order asked."""

    def __init__(self, message: str, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__(message)


class NotAllAnswered(CrossrateError):
    """A source that might have it could not be asked, and the others do not have it.

    `failures` maps the sources that failed to their failures, `reasons` those that answered to why they do not have it.
    """

    def __init__(self, failures: Mapping[str, PriceSourceUnavailable], reasons: Mapping[str, str], *more: str) -> None:
        self.failures = dict(failures)
        self.reasons = dict(reasons)
        super().__init__("; ".join((*map(str, failures.values()), *more)))


@dataclass(eq=False)
class ExchangeUnavailable(PriceSourceUnavailable):
    """One exchange could not be asked. `is_transient` means that an immediate second attempt may succeed."""

    is_transient: bool = False

    @property
    def exchange(self) -> str:
        """The name of the exchange."""
        return self.source

    @property
    def is_exchange_wide(self) -> bool:
        """Whether any other call to the exchange would very likely have failed too."""
        return self.reason in _EXCHANGE_WIDE


class NoRoute(NotOffered):
    """All exchanges have answered, and none has a route from one currency to the other."""

    def __init__(self, currency_from: str, currency_to: str, reasons: Mapping[str, str]) -> None:
        self.currency_from = currency_from
        self.currency_to = currency_to
        super().__init__(f"no route from {currency_from} to {currency_to}", reasons)


class TooFewProviders(NotOffered):
    """All exchanges have answered, and fewer have a route and agree than a median needs."""

    def __init__(self, ends: tuple[str, str], providers: int, needed: int, reasons: Mapping[str, str]) -> None:
        self.currency_from, self.currency_to = ends
        self.providers = providers
        self.needed = needed
        super().__init__(f"{providers} of {needed} providers from {ends[0]} to {ends[1]}", reasons)


class ConversionUnavailable(NotAllAnswered):
    """An exchange that might have the route could not be asked, and no other exchange can answer instead.

    `diverging` maps each exchange that has a route but must not replace a failed one to the pairs whose prices differ
    too much from the failed one's last prices: the ticker is probably another coin there.
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
