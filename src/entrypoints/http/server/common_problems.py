"""The problems that any request can have, and those of requests that aiohttp itself rejects."""

from dataclasses import dataclass

from aiohttp import web

from domain.errors import Conflict, InvalidInput, NoSuchObject
from entrypoints.http.server.problems import (
    INTERNAL_ERROR,
    Problem,
    ProblemKind,
    Problems,
    sentence_row,
)

MOST_FIELD_ERRORS = 50

MALFORMED_REQUEST = ProblemKind(
    "malformed-request",
    400,
    "Malformed request",
    "The request cannot be read: its body is not a JSON document, or it is not HTTP within the usual limits.",
)
NOT_FOUND = ProblemKind(
    "not-found", 404, "Not found", "The path does not exist, or it names something that does not exist or is not yours."
)
METHOD_NOT_ALLOWED = ProblemKind(
    "method-not-allowed",
    405,
    "Method not allowed",
    "This path does not support the method. The Allow header lists those that it does.",
    headers=("Allow",),
)
REQUEST_TIMEOUT = ProblemKind("request-timeout", 408, "Request timeout", "The body did not arrive in time.")
CONFLICT = ProblemKind(
    "conflict", 409, "Conflict", "The request conflicts with what already exists, such as a username that is taken."
)
BODY_TOO_LARGE = ProblemKind(
    "body-too-large",
    413,
    "Body too large",
    "The body is over the limit, as sent or after decompression: 4 KiB for a conversion, 256 KiB for a batch of "
    "conversions, 64 KiB elsewhere.",
)
UNSUPPORTED_MEDIA_TYPE = ProblemKind(
    "unsupported-media-type",
    415,
    "Unsupported media type",
    "The body must be application/json in UTF-8: uncompressed, or compressed with gzip or deflate.",
)
INVALID_INPUT = ProblemKind(
    "invalid-input",
    422,
    "Invalid input",
    "The request is well-formed, but some values are not valid. `errors` lists each invalid field.",
    members=("errors",),
)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field and what is wrong with it; an empty `field` means the body as a whole."""

    field: str
    detail: str


def body_too_large(max_bytes: int) -> Problem:
    """Return the 413 that states the limit, which is a whole number of KiB."""
    return Problem(BODY_TOO_LARGE, f"The body is over {max_bytes // 1024} KiB, as sent or after decompression.")


def invalid_input(errors: list[FieldError]) -> Problem:
    """Return the 422 that lists the invalid fields, at most `MOST_FIELD_ERRORS`."""
    errors = errors[:MOST_FIELD_ERRORS]
    detail = "; ".join(f"{error.field} {error.detail}".strip() for error in errors)
    return Problem(INVALID_INPUT, detail, {"errors": errors})


def _aiohttp_error(error: web.HTTPException) -> Problem:
    kind = _BY_STATUS.get(error.status, MALFORMED_REQUEST if error.status < 500 else INTERNAL_ERROR)
    headers = {name: value for name, value in error.headers.items() if name == "Allow"}
    return Problem(kind, kind.meaning, {}, headers)


PROBLEMS = Problems(
    kinds=(
        MALFORMED_REQUEST,
        NOT_FOUND,
        METHOD_NOT_ALLOWED,
        REQUEST_TIMEOUT,
        CONFLICT,
        BODY_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        INVALID_INPUT,
        INTERNAL_ERROR,
    ),
    rows={
        web.HTTPException: _aiohttp_error,
        InvalidInput: lambda error: invalid_input([FieldError("", str(error))]),
        NoSuchObject: sentence_row(NOT_FOUND),
        Conflict: sentence_row(CONFLICT),
    },
    examples=(
        Problem(MALFORMED_REQUEST, "The body is not a JSON document: Expecting value at line 1, column 12."),
        invalid_input([FieldError("amount", "must be 0 or more"), FieldError("currency_to", "is missing")]),
        Problem(INTERNAL_ERROR, "The service failed on this request."),
    ),
)
_BY_STATUS = {kind.status: kind for kind in PROBLEMS.kinds}
