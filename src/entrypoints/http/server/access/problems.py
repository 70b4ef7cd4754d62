"""The problems that reject a caller before the endpoint does its work."""

from domain.errors import DatabaseUnavailable, TooManyRequests
from domain.identity.errors import InvalidCredentials, NotAllowed, PasswordNeeded
from entrypoints.http.server.problems import (
    DEFAULT_RETRY_AFTER_SECONDS,
    RETRY_AFTER,
    Problem,
    ProblemKind,
    Problems,
    retry_after,
    sentence,
    sentence_row,
)

UNAUTHENTICATED = ProblemKind(
    "unauthenticated",
    401,
    "Unauthenticated",
    "The token, the API key, or the username and password are missing, wrong or expired.",
    headers=("WWW-Authenticate",),
)
FORBIDDEN = ProblemKind("forbidden", 403, "Forbidden", "The credentials are valid, but do not permit this.")
PASSWORD_NEEDED = ProblemKind(
    "password-needed",
    403,
    "Password needed",
    "This cannot be undone, so the access token alone is not enough. Send the password to `POST /api/v1/me/confirm` or "
    "sign in again, then repeat the request within 5 minutes.",
)
TOO_MANY_REQUESTS = ProblemKind(
    "too-many-requests",
    429,
    "Too many requests",
    "Too many requests or wrong passwords in too short a time, or too many changes of one user in progress at once. "
    "Retry-After is set.",
    headers=(RETRY_AFTER,),
)
DATABASE_UNAVAILABLE = ProblemKind(
    "database-unavailable",
    503,
    "Database unavailable",
    "The database could not be read or written. Conversions that need no credentials still work. Retry-After is set.",
    headers=(RETRY_AFTER,),
)
OVERLOADED = ProblemKind(
    "overloaded",
    503,
    "Overloaded",
    "This process is already handling as many conversions or streams as it accepts at a time. Retry-After is set.",
    headers=(RETRY_AFTER,),
)


CHALLENGE = 'Bearer realm="crossrate"'


def _unauthenticated(error: InvalidCredentials) -> Problem:
    return Problem(UNAUTHENTICATED, sentence(error), {}, {"WWW-Authenticate": CHALLENGE})


def _password_needed(error: PasswordNeeded) -> Problem:
    how = "Send it to POST /api/v1/me/confirm, or sign in again, and repeat this request."
    return Problem(PASSWORD_NEEDED, f"{sentence(error)} {how}")


def _too_many_requests(error: TooManyRequests) -> Problem:
    return Problem(TOO_MANY_REQUESTS, sentence(error), {}, retry_after(max(1.0, error.retry_after_seconds)))


def _database_unavailable(_: DatabaseUnavailable) -> Problem:
    # The reason goes to the log only: it says more about the machines behind the service than callers need to know.
    headers = retry_after(DEFAULT_RETRY_AFTER_SECONDS)
    return Problem(DATABASE_UNAVAILABLE, "The database does not answer.", {}, headers)


PROBLEMS = Problems(
    kinds=(UNAUTHENTICATED, FORBIDDEN, PASSWORD_NEEDED, TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE, OVERLOADED),
    rows={
        InvalidCredentials: _unauthenticated,
        NotAllowed: sentence_row(FORBIDDEN),
        PasswordNeeded: _password_needed,
        TooManyRequests: _too_many_requests,
        DatabaseUnavailable: _database_unavailable,
    },
    examples=(
        InvalidCredentials("the access token is no longer valid"),
        NotAllowed("the key lacks the scope convert"),
        PasswordNeeded("this cannot be undone, so it takes the password, given within the last 5 minutes"),
        TooManyRequests("too many wrong passwords; try again later", 412),
        DatabaseUnavailable(),
    ),
)
