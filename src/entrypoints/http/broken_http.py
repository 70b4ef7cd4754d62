"""Requests that are not HTTP at all: aiohttp answers them before any middleware, in plain text."""

import uuid

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from entrypoints.http.middleware import REQUEST_ID_HEADER
from entrypoints.http.problems import INTERNAL_ERROR, MALFORMED_REQUEST, Problem, problem_response

log = structlog.get_logger()


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
    request_id = uuid.uuid4().hex
    kind = MALFORMED_REQUEST if status < 500 else INTERNAL_ERROR
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
    detail = "This is no HTTP/1.1 request, or its line or headers are over 8 KiB." if status < 500 else kind.meaning
    response = problem_response(Problem(kind, detail), request, request_id)
    response.headers[REQUEST_ID_HEADER] = request_id
    response.force_close()
    return response
