"""The problems of the service. Made from its OpenAPI document by `make client`: do not edit."""

from collections.abc import Mapping

from crossrate_client.errors import Problem


class BodyTooLarge(Problem):
    """Body too large."""


class BookTooThin(Problem):
    """Book too thin."""


class ConcurrentChange(Problem):
    """Concurrent change."""


class Conflict(Problem):
    """Conflict."""


class DatabaseBusy(Problem):
    """Database busy."""


class DatabaseUnavailable(Problem):
    """Database unavailable."""


class ExchangesUnavailable(Problem):
    """Exchanges unavailable."""


class Forbidden(Problem):
    """Forbidden."""


class IdempotencyKeyInProgress(Problem):
    """Idempotency key in progress."""


class IdempotencyKeyReused(Problem):
    """Idempotency key reused."""


class InsufficientFunds(Problem):
    """Insufficient funds."""


class IntakeClosed(Problem):
    """No orders taken."""


class InternalError(Problem):
    """Internal error."""


class InvalidInput(Problem):
    """Invalid input."""


class MalformedRequest(Problem):
    """Malformed request."""


class MethodNotAllowed(Problem):
    """Method not allowed."""


class NoFreshPrice(Problem):
    """No fresh price."""


class NoRoute(Problem):
    """No route."""


class NotFound(Problem):
    """Not found."""


class NotQuoted(Problem):
    """Not quoted."""


class NotRecorded(Problem):
    """Not recorded."""


class NothingRecorded(Problem):
    """Nothing recorded."""


class OrderTooSmall(Problem):
    """Order too small."""


class OutcomeUnknown(Problem):
    """Outcome unknown."""


class Overloaded(Problem):
    """Overloaded."""


class PasswordNeeded(Problem):
    """Password needed."""


class PriceAboveMax(Problem):
    """Price above the maximum."""


class PricesDiverge(Problem):
    """Prices diverge."""


class QuotesUnavailable(Problem):
    """Quotes unavailable."""


class RegistrationClosed(Problem):
    """Registration closed."""


class RequestTimeout(Problem):
    """Request timeout."""


class Stopping(Problem):
    """Stopping."""


class TooFewProviders(Problem):
    """Too few providers."""


class TooManyRequests(Problem):
    """Too many requests."""


class Unauthenticated(Problem):
    """Unauthenticated."""


class UnsupportedMediaType(Problem):
    """Unsupported media type."""


BY_SLUG: Mapping[str, type[Problem]] = {
    "body-too-large": BodyTooLarge,
    "book-too-thin": BookTooThin,
    "concurrent-change": ConcurrentChange,
    "conflict": Conflict,
    "database-busy": DatabaseBusy,
    "database-unavailable": DatabaseUnavailable,
    "exchanges-unavailable": ExchangesUnavailable,
    "forbidden": Forbidden,
    "idempotency-key-in-progress": IdempotencyKeyInProgress,
    "idempotency-key-reused": IdempotencyKeyReused,
    "insufficient-funds": InsufficientFunds,
    "intake-closed": IntakeClosed,
    "internal-error": InternalError,
    "invalid-input": InvalidInput,
    "malformed-request": MalformedRequest,
    "method-not-allowed": MethodNotAllowed,
    "no-fresh-price": NoFreshPrice,
    "no-route": NoRoute,
    "not-found": NotFound,
    "not-quoted": NotQuoted,
    "not-recorded": NotRecorded,
    "nothing-recorded": NothingRecorded,
    "order-too-small": OrderTooSmall,
    "outcome-unknown": OutcomeUnknown,
    "overloaded": Overloaded,
    "password-needed": PasswordNeeded,
    "price-above-max": PriceAboveMax,
    "prices-diverge": PricesDiverge,
    "quotes-unavailable": QuotesUnavailable,
    "registration-closed": RegistrationClosed,
    "request-timeout": RequestTimeout,
    "stopping": Stopping,
    "too-few-providers": TooFewProviders,
    "too-many-requests": TooManyRequests,
    "unauthenticated": Unauthenticated,
    "unsupported-media-type": UnsupportedMediaType,
}
