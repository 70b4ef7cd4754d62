"""What every request gets: an id, one line in the log, a place in the metrics, and a problem instead of an error."""

import re
import secrets
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from entrypoints.http.keys import REQUEST_METER
from entrypoints.http.problems import INTERNAL_ERROR, problem_of, problem_response

REQUEST_ID_HEADER = "X-Request-ID"

_WELL_FORMED = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}", re.ASCII)

log = structlog.get_logger()


@web.middleware
async def answer_and_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with the handler's response or with the problem that its error is, log it and count it once."""
    started = time.perf_counter()
    request_id = _request_id(request)
    try:
        response = await handler(request)
    except Exception as error:  # noqa: BLE001 -- the border: whatever it is, the caller gets a problem
        response = _told(error, request, request_id)
    stamp(response, request_id)
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else None
    seconds = time.perf_counter() - started
    request.app[REQUEST_METER].request_answered(route, response.status, seconds)
    log.info(
        "request_answered",
        method=request.method,
        route=route,
        status=response.status,
        duration_ms=round(seconds * 1000, 3),
        request_id=request_id,
    )
    return response


def _told(error: Exception, request: web.Request, request_id: str) -> web.Response:
    # Not in the middleware itself: a frame that holds the error that holds the frame lives on, with the request and
    # all of its body, until the collector comes by.
    problem = problem_of(error)
    if problem.kind is INTERNAL_ERROR:
        log.error("request_failed", request_id=request_id, exc_info=error)
    return problem_response(problem, request, request_id)


def stamp(response: web.StreamResponse, request_id: str) -> None:
    """Set the headers that every answer bears. What a caller may keep is for the caller to bound, not for proxies."""
    headers = response.headers
    headers[REQUEST_ID_HEADER] = request_id
    headers["Server"] = "crossrate"
    headers.setdefault("Cache-Control", "no-store")
    headers.setdefault("X-Content-Type-Options", "nosniff")


def _request_id(request: web.Request) -> str:
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(16)
