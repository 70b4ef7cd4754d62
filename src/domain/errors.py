"""Everything that can go wrong, as one tree.

    CrossrateError
    ├── RefusedInput                 the question itself is wrong; asking again changes nothing
    │   ├── InvalidCurrency          not a well-formed ticker
    │   ├── InvalidPair              no BASE/QUOTE, or a currency against itself
    │   ├── InvalidAmount            not a plain, bounded, non-negative decimal
    │   ├── InvalidUsername          not a well-formed name of a user
    │   ├── InvalidPassword          too short or too long
    │   ├── InvalidKeyName           not a printable, bounded name of a key
    │   ├── InvalidExpiry            a moment that is over, or too far away
    │   ├── InvalidPeriod            a span of time that is none, or too long
    │   └── UnknownExchange          no such exchange is configured
    ├── InvalidBook                  a book that nobody could trade on
    ├── NothingTradable              a whole listing or a whole snapshot without one usable row
    ├── NoRoute                      an answer: every exchange asked has answered, and none has a route
    ├── ExchangeUnavailable          one exchange could not be asked; another may be
    ├── ConversionUnavailable        no answer: an exchange that might have had the route could not be asked
    ├── CacheUnavailable             the cache could not be read or written; the exchanges still can
    ├── DatabaseUnavailable          what lasts could not be read or written; conversions still can be made
    ├── InvalidCredentials           who asks has not proved who they are
    ├── NotAllowed                   who asks is known and may not do this
    ├── RegistrationClosed           accounts are made by whoever runs the service, and by nobody else
    ├── NoSuchObject                 it does not exist, or is somebody else's: nobody is told which
    ├── Conflict                     it would contradict what is there
    │   ├── UsernameTaken            another user bears this name
    │   └── TooManyKeys              the user has as many as anyone may have
    ├── TooManyRequests              not now: it was asked too often
    ├── InvalidQuote                 a rate that nobody could have paid
    ├── NotRecorded                  an answer: no quote of the pair was recorded so far
    ├── NotQuoted                    an answer: no source asked has a rate of the pair
    ├── SourceUnavailable            one source of quotes could not be asked; another may be
    └── QuoteUnavailable             no answer: a source that might have had the rate could not be asked

`ExchangeUnavailable` and "no route here" are never mixed: the first says nothing about the market. Nor are
`SourceUnavailable` and `NotQuoted`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class CrossrateError(Exception):
    """The root: whatever the service raises on purpose."""


class RefusedInput(CrossrateError):
    """A value that cannot be part of any question. The message is fit for the one who sent it."""


class InvalidCurrency(RefusedInput):
    """Not a well-formed ticker."""


class InvalidPair(RefusedInput):
    """Not written as BASE/QUOTE, or a currency against itself."""


class InvalidAmount(RefusedInput):
    """Not a plain, bounded, non-negative decimal."""


class InvalidUsername(RefusedInput):
    """Not a well-formed name of a user."""


class InvalidPassword(RefusedInput):
    """Too short or too long to be a password."""


class InvalidKeyName(RefusedInput):
    """Not a printable, bounded name of a key."""


class InvalidExpiry(RefusedInput):
    """A moment that is over, or too far away to mean anything."""


class InvalidPeriod(RefusedInput):
    """A span of time that is none, or too long. The message is about its beginning."""


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

# A breaker that is open is so for seconds, and mostly after failures of this kind.
_OF_THE_WAY = frozenset({FailureReason.TIMEOUT, FailureReason.NETWORK, FailureReason.CIRCUIT_OPEN})


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


class CacheUnavailable(CrossrateError):
    """The cache could not be read or written. Never a reason to refuse a conversion."""


class DatabaseUnavailable(CrossrateError):
    """What lasts could not be read or written. The message names no address and no statement."""


class InvalidCredentials(CrossrateError):
    """Who asks has not proved who they are. The message never says which part was wrong."""


class NotAllowed(CrossrateError):
    """Who asks is known and may not do this."""


class RegistrationClosed(CrossrateError):
    """Accounts are made by whoever runs the service, and by nobody else. The message is fit for the one who asked."""


class NoSuchObject(CrossrateError):
    """It does not exist, or is somebody else's: nobody is told which."""


class Conflict(CrossrateError):
    """It would contradict what is there. The message is fit for the one who asked."""


class UsernameTaken(Conflict):
    """Another user bears this name, in whatever case."""


class TooManyKeys(Conflict):
    """The user has as many keys as anyone may have."""


class TooManyRequests(CrossrateError):
    """It was asked too often. `retry_after_seconds` is how long to wait from now on."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


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
