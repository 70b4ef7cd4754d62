"""What every request gets: an id, one line in the log, a place in the metrics, and a problem instead of an error."""

import random
import re
import time
from collections.abc import Callable
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from entrypoints.http.server.answer import COMMON_HEADERS, REQUEST_ID_HEADER, JsonAnswer
from entrypoints.http.server.keys import LIFETIME, REQUEST_METER
from entrypoints.http.server.problems import INTERNAL_ERROR, problem_of, problem_response

_WELL_FORMED = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}", re.ASCII)

log = structlog.get_logger()


class Answer(Protocol):
    """Has a handler answer a request. `route` is the pattern that the path matched, None when it matched none."""

    async def __call__(self, request: web.Request, handler: Handler, route: str | None) -> web.StreamResponse:
        """Answer with the handler's response or with the problem that its error is, log it and count it once."""
        ...


def answering(app: web.Application, log_answer: Callable[..., None]) -> Answer:
    """Return what stands between this application's handlers and those who ask; `log_answer` takes a line's fields."""
    lifetime = app[LIFETIME]

    async def answer(request: web.Request, handler: Handler, route: str | None) -> web.StreamResponse:
        started = time.perf_counter()
        request_id = _request_id(request)
        try:
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 -- the border: whatever it is, the caller gets a problem
            response = _told(error, request, request_id)
        stamp(response, request_id)
        if lifetime.is_ending:
            response.force_close()
        seconds = time.perf_counter() - started
        app[REQUEST_METER].request_answered(route, response.status, seconds)
        log_answer(
            method=request.method,
            route=route,
            status=response.status,
            duration_ms=round(seconds * 1000, 3),
            request_id=request_id,
        )
        return response

    return answer


def middleware_of(answer: Answer) -> Middleware:
    """Return the middleware that has every request answered so."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        return await answer(request, handler, None if resource is None else resource.canonical)

    return middleware


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
