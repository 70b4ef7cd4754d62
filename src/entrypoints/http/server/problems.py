"""From error to answer: RFC 9457 problems, each kind in one table."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from domain.errors import Conflict, CrossrateError, DatabaseUnavailable, NoSuchObject, RefusedInput, TooManyRequests
from domain.identity.errors import InvalidCredentials, InvalidExpiry, NotAllowed, RegistrationClosed
from domain.quotes.errors import InvalidPeriod, NotQuoted, NotRecorded, QuoteUnavailable
from domain.rates.errors import ConversionUnavailable, NoRoute, UnknownExchange

CONTENT_TYPE = "application/problem+json"
DEFAULT_RETRY_AFTER_SECONDS = 2
MOST_FIELD_ERRORS = 50

DIVERGES = "its price of {} is so different that it may be another coin"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem; `meaning` is what its page and the OpenAPI document say of it."""

    slug: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        """The URI reference that names the kind; this service answers it with the kind's meaning."""
        return f"/problems/{self.slug}"


MALFORMED_REQUEST = ProblemKind(
    "malformed-request",
    400,
    "Malformed request",
    "The request cannot be read: its body is no JSON document, or it is not HTTP within the usual bounds.",
)
NO_ROUTE = ProblemKind(
    "no-route",
    404,
    "No route",
    "Every exchange asked has answered, and none leads from one currency to the other; `reasons` says why for each.",
)
UNAUTHENTICATED = ProblemKind(
    "unauthenticated",
    401,
    "Unauthenticated",
    "Who asks has not proved who they are: the token, the key, or the name and password are missing, wrong or over.",
)
FORBIDDEN = ProblemKind("forbidden", 403, "Forbidden", "Who asks is known and may not do this.")
REGISTRATION_CLOSED = ProblemKind(
    "registration-closed",
    403,
    "Registration closed",
    "Nobody can register here: accounts are made by whoever runs the service, with `crossrate users create`.",
)
NOT_QUOTED = ProblemKind(
    "not-quoted",
    404,
    "Not quoted",
    "Every source asked has answered, and none has a rate of the pair; `reasons` says why for each.",
)
NOT_RECORDED = ProblemKind("not-recorded", 404, "Not recorded", "No quote of the pair was recorded so far.")
NOT_FOUND = ProblemKind("not-found", 404, "Not found", "There is nothing at this path, or nothing of yours.")
METHOD_NOT_ALLOWED = ProblemKind(
    "method-not-allowed", 405, "Method not allowed", "This path knows other methods; the Allow header names them."
)
REQUEST_TIMEOUT = ProblemKind("request-timeout", 408, "Request timeout", "The body did not arrive in time.")
CONFLICT = ProblemKind("conflict", 409, "Conflict", "It would contradict what is there, such as a name that is taken.")
BODY_TOO_LARGE = ProblemKind("body-too-large", 413, "Body too large", "The body is over 64 KiB, as sent or unpacked.")
UNSUPPORTED_MEDIA_TYPE = ProblemKind(
    "unsupported-media-type",
    415,
    "Unsupported media type",
    "The body must be application/json in UTF-8, plain or in gzip or deflate.",
)
INVALID_INPUT = ProblemKind(
    "invalid-input", 422, "Invalid input", "The request can be read but not meant; `errors` names each field at fault."
)
TOO_MANY_REQUESTS = ProblemKind(
    "too-many-requests",
    429,
    "Too many requests",
    "It was asked, or tried in vain, too often in too short a time. Retry-After is set.",
)
INTERNAL_ERROR = ProblemKind(
    "internal-error", 500, "Internal error", "A fault of the service; its log has more under the request id."
)
UNAVAILABLE = ProblemKind(
    "exchanges-unavailable",
    503,
    "Exchanges unavailable",
    "An exchange that might have had the route could not be asked; `failures` says why for each. `diverging` names "
    "those that were not taken in its place, and the pairs that they price too differently. Retry-After is set.",
)

OVERLOADED = ProblemKind(
    "overloaded",
    503,
    "Overloaded",
    "As many conversions are under way as this process takes on at a time. Retry-After is set.",
)
STOPPING = ProblemKind(
    "stopping",
    503,
    "Stopping",
    "This process is about to end: it answers what it is asked, and asks to be asked no more. Retry-After is set.",
)

DATABASE_UNAVAILABLE = ProblemKind(
    "database-unavailable",
    503,
    "Database unavailable",
    "What lasts could not be read or written; conversions that are open to all still can be made. Retry-After is set.",
)

QUOTES_UNAVAILABLE = ProblemKind(
    "quotes-unavailable",
    503,
    "Quotes unavailable",
    "A source that might have had the rate could not be asked; `failures` says why for each. Retry-After is set.",
)

KINDS = (
    MALFORMED_REQUEST,
    UNAUTHENTICATED,
    FORBIDDEN,
    REGISTRATION_CLOSED,
    NO_ROUTE,
    NOT_QUOTED,
    NOT_RECORDED,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    CONFLICT,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_INPUT,
    TOO_MANY_REQUESTS,
    INTERNAL_ERROR,
    UNAVAILABLE,
    DATABASE_UNAVAILABLE,
    OVERLOADED,
    STOPPING,
    QUOTES_UNAVAILABLE,
)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field at fault and what is wrong with it; an empty `field` means the body as a whole."""

    field: str
    detail: str


@dataclass(eq=False)
class Problem(Exception):
    """A problem on its way out: raise it anywhere below the middleware. `more` holds the kind's own members."""

    kind: ProblemKind
    detail: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid_input(errors: list[FieldError]) -> Problem:
    """Return the 422 that names the fields at fault, the first of them where there are very many."""
    errors = errors[:MOST_FIELD_ERRORS]
    detail = "; ".join(f"{error.field} {error.detail}".strip() for error in errors)
    return Problem(INVALID_INPUT, detail, {"errors": errors})


def problem_of(error: Exception) -> Problem:
    """Return the problem that tells of `error`; an error that nobody foresaw is a 500 that tells nothing of itself."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, web.HTTPException):
        return _of_aiohttp(error)
    for kind_of_error, tell in _TABLE.items():
        if isinstance(error, kind_of_error):
            return tell(error)
    return Problem(INTERNAL_ERROR, "The service failed on this request.")


def problem_response(problem: Problem, request: web.BaseRequest, request_id: str) -> web.Response:
    """Write the problem."""
    body = orjson.dumps(problem_body(problem, request.rel_url.raw_path, request_id))
    return web.Response(body=body, status=problem.kind.status, content_type=CONTENT_TYPE, headers=problem.headers)


def problem_body(problem: Problem, instance: str, request_id: str) -> dict[str, Any]:
    """Return the members of the problem; `instance` is the path that was asked for."""
    return {
        "type": problem.kind.type,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "instance": instance,
        "request_id": request_id,
        **problem.more,
    }


def _no_route(error: NoRoute) -> Problem:
    told = "; ".join(f"{exchange}: {reason}" for exchange, reason in error.reasons.items())
    return Problem(
        NO_ROUTE, f"No route from {error.currency_from} to {error.currency_to}: {told}.", {"reasons": error.reasons}
    )


def _unavailable(error: ConversionUnavailable) -> Problem:
    waits = [failure.retry_after_seconds or DEFAULT_RETRY_AFTER_SECONDS for failure in error.failures.values()]
    failures = {exchange: failure.reason.value for exchange, failure in error.failures.items()}
    told = [f"{exchange}: {failure.detail}" for exchange, failure in error.failures.items()]
    told += [f"{exchange}: {DIVERGES.format(' and '.join(pairs))}" for exchange, pairs in error.diverging.items()]
    return Problem(
        UNAVAILABLE,
        f"Could not ask every exchange that might have a route. {'; '.join(told)}.",
        {"failures": failures, "reasons": error.reasons, "diverging": error.diverging},
        {"Retry-After": str(math.ceil(min(waits)))},
    )


def _not_quoted(error: NotQuoted) -> Problem:
    told = "; ".join(f"{source}: {reason}" for source, reason in error.reasons.items())
    return Problem(NOT_QUOTED, f"No source has a rate of {error.pair}. {told}.", {"reasons": error.reasons})


def _quote_unavailable(error: QuoteUnavailable) -> Problem:
    waits = [failure.retry_after_seconds or DEFAULT_RETRY_AFTER_SECONDS for failure in error.failures.values()]
    failures = {source: failure.reason.value for source, failure in error.failures.items()}
    told = "; ".join(f"{source}: {failure.detail}" for source, failure in error.failures.items())
    return Problem(
        QUOTES_UNAVAILABLE,
        f"Could not ask every source that might have a rate of {error.pair}. {told}.",
        {"failures": failures, "reasons": error.reasons},
        {"Retry-After": str(math.ceil(min(waits)))},
    )


def _unknown_exchange(error: UnknownExchange) -> Problem:
    return invalid_input([FieldError("exchange", str(error))])


def _sentence(error: CrossrateError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _unauthenticated(error: InvalidCredentials) -> Problem:
    return Problem(UNAUTHENTICATED, _sentence(error), {}, {"WWW-Authenticate": 'Bearer realm="crossrate"'})


def _too_many_requests(error: TooManyRequests) -> Problem:
    wait = math.ceil(max(1.0, error.retry_after_seconds))
    return Problem(TOO_MANY_REQUESTS, _sentence(error), {}, {"Retry-After": str(wait)})


def _database_unavailable(_: DatabaseUnavailable) -> Problem:
    # Why is for the log: it says more of the machines behind the service than a caller needs to know.
    headers = {"Retry-After": str(DEFAULT_RETRY_AFTER_SECONDS)}
    return Problem(DATABASE_UNAVAILABLE, "The database does not answer.", {}, headers)


_TABLE: dict[type[CrossrateError], Callable[[Any], Problem]] = {
    UnknownExchange: _unknown_exchange,
    InvalidExpiry: lambda error: invalid_input([FieldError("expires_at", str(error))]),
    InvalidPeriod: lambda error: invalid_input([FieldError("from", str(error))]),
    RefusedInput: lambda error: invalid_input([FieldError("", str(error))]),
    NoRoute: _no_route,
    ConversionUnavailable: _unavailable,
    InvalidCredentials: _unauthenticated,
    NotAllowed: lambda error: Problem(FORBIDDEN, _sentence(error)),
    RegistrationClosed: lambda error: Problem(REGISTRATION_CLOSED, _sentence(error)),
    NoSuchObject: lambda error: Problem(NOT_FOUND, _sentence(error)),
    Conflict: lambda error: Problem(CONFLICT, _sentence(error)),
    TooManyRequests: _too_many_requests,
    DatabaseUnavailable: _database_unavailable,
    NotRecorded: lambda error: Problem(NOT_RECORDED, _sentence(error)),
    NotQuoted: _not_quoted,
    QuoteUnavailable: _quote_unavailable,
}

# What aiohttp itself answers with; the kinds left out have a meaning of our own.
_OWN_MEANING = frozenset(
    {
        REGISTRATION_CLOSED,
        NO_ROUTE,
        NOT_QUOTED,
        NOT_RECORDED,
        UNAVAILABLE,
        DATABASE_UNAVAILABLE,
        QUOTES_UNAVAILABLE,
    }
)
_OF_STATUS = {kind.status: kind for kind in KINDS if kind not in _OWN_MEANING}


def _of_aiohttp(error: web.HTTPException) -> Problem:
    kind = _OF_STATUS.get(error.status, MALFORMED_REQUEST if error.status < 500 else INTERNAL_ERROR)
    headers = {name: value for name, value in error.headers.items() if name == "Allow"}
    return Problem(kind, kind.meaning, {}, headers)
