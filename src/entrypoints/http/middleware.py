"""What every request gets: an id, one line in the log, a place in the metrics, and a problem instead of an error."""

import random
import re
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from entrypoints.http.answer import COMMON_HEADERS, REQUEST_ID_HEADER, JsonAnswer
from entrypoints.http.keys import LIFETIME, REQUEST_METER
from entrypoints.http.problems import INTERNAL_ERROR, problem_of, problem_response

_WELL_FORMED = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}", re.ASCII)

log = structlog.get_logger()


def answering(app: web.Application) -> Middleware:
    """Return the middleware of this application, whose log must be configured already."""
    info = structlog.get_logger().bind().info  # found once: structlog's own proxy looks for it at every call

    lifetime = app[LIFETIME]

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
        if lifetime.is_ending:
            response.force_close()
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else None
        seconds = time.perf_counter() - started
        app[REQUEST_METER].request_answered(route, response.status, seconds)
        info(
            "request_answered",
            method=request.method,
            route=route,
            status=response.status,
            duration_ms=round(seconds * 1000, 3),
            request_id=request_id,
        )
        return response

    return answer_and_log


def _told(error: Exception, request: web.Request, request_id: str) -> web.Response:
    # Not in the middleware itself: a frame that holds the error that holds the frame lives on, with the request and
    # all of its body, until the collector comes by.
    problem = problem_of(error)
    if problem.kind is INTERNAL_ERROR:
        log.error("request_failed", request_id=request_id, exc_info=error)
    return problem_response(problem, request, request_id)


def stamp(response: web.StreamResponse, request_id: str) -> None:
    """Set the headers that every answer bears."""
    if isinstance(response, JsonAnswer):
        response.request_id = request_id  # it knows the others
        return
    response.headers[REQUEST_ID_HEADER] = request_id
    for name, value in COMMON_HEADERS.items():
        response.headers.setdefault(name, value)


def _request_id(request: web.Request) -> str:
    given = request.headers.get(REQUEST_ID_HEADER, "")
    return given if given and _WELL_FORMED.fullmatch(given) else new_request_id()


def new_request_id() -> str:
    """Return an id that no other request has: to be found in a log by, and no secret, so it need not be hard to guess.

    Python seeds `random` anew in each process that is forked.
    """
    return f"{random.getrandbits(128):032x}"
