"""Requests that are not HTTP at all: aiohttp answers them before any middleware, in plain text."""

import structlog
from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError
from aiohttp.web_protocol import RequestHandler

from entrypoints.http.server.middleware import new_request_id, stamp
from entrypoints.http.server.problems import (
    INTERNAL_ERROR,
    MALFORMED_REQUEST,
    UNSUPPORTED_MEDIA_TYPE,
    Problem,
    ProblemKind,
    problem_response,
)

log = structlog.get_logger()


# What the parser found, in words for the sender; its own quote the sender's bytes.
_DETAILS = {
    "BadHttpMethod": "The method is none that HTTP knows.",
    "InvalidURLError": "The path or query has characters that must be percent-encoded.",
    "BadStatusLine": "The first line is no HTTP/1.1 request line.",
    "LineTooLong": "The request line or a header is over 8 KiB.",
    "InvalidHeader": "A header is malformed.",
}


def answer_broken_http_with_problems() -> None:
    """Have aiohttp's server answer what its parser refuses with problems too.

    The method that is replaced is the only hook: `web.AppRunner`, which gunicorn's worker makes for itself, takes no
    other request handler.
    """
    RequestHandler.handle_error = _handle_error  # type: ignore[method-assign, assignment]  # see above


def _handle_error(
    handler: RequestHandler,  # noqa: ARG001 -- self, as aiohttp calls it
    request: web.BaseRequest,
    status: int = 500,
    exc: BaseException | None = None,
    message: str | None = None,  # noqa: ARG001 -- aiohttp's signature; its text quotes the sender's bytes
) -> web.StreamResponse:
    request_id = new_request_id()
    problem = _problem(status, exc)
    log.log(
        20 if status < 500 else 40,
        "request_unreadable",
        status=status,
        reason=type(exc).__name__,
        request_id=request_id,
        exc_info=exc if status >= 500 else None,
    )
    if request.writer.output_size > 0:
        raise ConnectionError("an answer has begun already, so the connection can only be closed")
    response = problem_response(problem, request, request_id)
    stamp(response, request_id)
    response.force_close()
    return response


def _problem(status: int, exc: BaseException | None) -> Problem:
    if status >= 500:
        return _told(INTERNAL_ERROR)
    if isinstance(exc, ContentEncodingError):  # named, but for a coding that no library here can undo
        return _told(UNSUPPORTED_MEDIA_TYPE)
    return Problem(MALFORMED_REQUEST, _DETAILS.get(type(exc).__name__, "This is no HTTP/1.1 request."))


def _told(kind: ProblemKind) -> Problem:
    return Problem(kind, kind.meaning)
