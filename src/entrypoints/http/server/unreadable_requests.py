"""Requests that are not HTTP at all, which aiohttp rejects before any middleware."""

import logging

import structlog
from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError

from entrypoints.http.server.common_problems import MALFORMED_REQUEST, UNSUPPORTED_MEDIA_TYPE
from entrypoints.http.server.problems import INTERNAL_ERROR, Problem, plain_problem, problem_response
from entrypoints.http.server.responding import new_request_id, set_common_headers

log = structlog.get_logger()

# What the parser found, in words for the sender: the parser's own message quotes the sender's bytes.
_DETAILS = {
    "BadHttpMethod": "The method is not an HTTP method; methods are in capital letters, such as POST.",
    "InvalidURLError": "The path or query contains characters that must be percent-encoded.",
    "BadStatusLine": "The first line is not an HTTP/1.1 request line.",
    "LineTooLong": "The request line or a header is over 8 KiB, or the whole head over 16 KiB.",
    "BadHttpMessage": "This is not an HTTP/1.1 request, or it has over 64 headers.",
    "TooManyChunks": "The body comes in too many small chunks; send larger ones, or Content-Length.",
    "InvalidHeader": "A header is malformed.",
}
# Other faults have one class, and differ in how the parser's message begins.
_BEGINNINGS = {
    "Missing 'Host'": "The Host header is missing.",
    "Duplicate": "A header that may be sent only once, such as Host or Content-Type, is sent twice.",
    "Content-Length can't": "Send either Content-Length or Transfer-Encoding, not both.",
}


def answer_unreadable(request: web.BaseRequest, status: int, error: BaseException | None) -> web.StreamResponse:
    """Answer with a problem, and log why."""
    request_id = new_request_id()
    is_our_fault = status >= 500
    log.log(
        logging.ERROR if is_our_fault else logging.INFO,
        "request_rejected",
        status=status,
        reason=type(error).__name__,
        request_id=request_id,
        exc_info=error if is_our_fault else None,
    )
    response = problem_response(_problem(status, error), request, request_id)
    set_common_headers(response, request_id)
    return response


def _problem(status: int, error: BaseException | None) -> Problem:
    if status >= 500:
        return plain_problem(INTERNAL_ERROR)
    if isinstance(error, ContentEncodingError):  # the encoding is supported, but no installed library decodes it
        return plain_problem(UNSUPPORTED_MEDIA_TYPE)
    message = getattr(error, "message", "")
    other = next((text for beginning, text in _BEGINNINGS.items() if message.startswith(beginning)), None)
    detail = other or _DETAILS.get(type(error).__name__, "This is not an HTTP/1.1 request.")
    return Problem(MALFORMED_REQUEST, detail)
