"""What every request gets: an id, a line in the log, a place in the metrics, and a problem instead of an error."""

import random
import re
import time
from collections.abc import Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from entrypoints.http.server.answer import COMMON_HEADERS, REQUEST_ID_HEADER, JsonAnswer
from entrypoints.http.server.app_keys import LIFECYCLE, PROBLEM_TABLE, REQUEST_METER
from entrypoints.http.server.error_shape import shaped_response
from entrypoints.http.server.long_answers import wait_for_turn_to_read
from entrypoints.http.server.path_prefix import path_prefix
from entrypoints.http.server.problems import INTERNAL_ERROR, ProblemTable, problem_response
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES

WELL_FORMED_ID = re.compile(rb"[A-Za-z0-9._:+/=@-]{1,128}")

log = structlog.get_logger()


# Returns a handler that answers as the given one does, or with the problem that its error means. It counts and logs
# each answer.
Respond = Callable[[Handler], Handler]

# Counts and logs an answer: its method, route, status, seconds and request id.
Account = Callable[[str, str | None, int, float, str], None]


def make_account(app: web.Application, log_answer: Callable[..., None]) -> Account:
    """Return the function that counts and logs each answer; `log_answer` logs the fields of one line."""

    def account(method: str, route: str | None, status: int, seconds: float, request_id: str) -> None:
        app[REQUEST_METER].request_answered(route, status, seconds)
        duration_ms = round(seconds * 1000, 3)
        log_answer(method=method, route=route, status=status, duration_ms=duration_ms, request_id=request_id)

    return account


def make_respond(app: web.Application, account: Account) -> Respond:
    """Return what handles all requests of the application that aiohttp reads.

    It is wrapped around each handler once, and is no middleware, which aiohttp would wrap around it for each request.
    """
    lifecycle, table, proxies = app[LIFECYCLE], app[PROBLEM_TABLE], app[TRUSTED_PROXIES]

    def respond(handler: Handler) -> Handler:
        async def responding(request: web.Request) -> web.StreamResponse:
            started = time.perf_counter()
            request_id = _request_id(request)
            try:
                await wait_for_turn_to_read(app, request.raw_path)
                response = await handler(request)
            except Exception as error:  # noqa: BLE001 -- the border: whatever it is, the caller gets a problem
                response = _problem_for(error, table, request, request_id, path_prefix(request, proxies))
            set_common_headers(response, request_id)
            if lifecycle.is_draining:
                response.force_close()
            seconds = time.perf_counter() - started
            account(request.method, pattern_of(request), response.status, seconds, request_id)
            return response

        return responding

    return respond


def pattern_of(request: web.Request) -> str | None:
    """Return the pattern that the path matched, None when it matched none."""
    resource = request.match_info.route.resource
    return None if resource is None else resource.canonical


def _problem_for(
    error: Exception, table: ProblemTable, request: web.Request, request_id: str, prefix: str
) -> web.StreamResponse:
    # Not inline above: a frame that holds the error that holds the frame stays alive, with the request and its whole
    # body, until the garbage collector runs.
    problem = table.problem_of(error)
    if problem.kind is INTERNAL_ERROR:
        log.error("request_failed", request_id=request_id, exc_info=error)
    return shaped_response(problem, request) or problem_response(problem, request, request_id, prefix)


def set_common_headers(response: web.StreamResponse, request_id: str) -> None:
    """Set the headers of every answer."""
    if isinstance(response, JsonAnswer):
        response.request_id = request_id  # it knows the others
        return
    response.headers[REQUEST_ID_HEADER] = request_id
    for name, value in COMMON_HEADERS.items():
        response.headers.setdefault(name, value)


def _request_id(request: web.Request) -> str:
    given = request.headers.get(REQUEST_ID_HEADER)
    return given if given and given.isascii() and WELL_FORMED_ID.fullmatch(given.encode()) else new_request_id()


def new_request_id() -> str:
    """Return a unique id to find a request in the log by. It is no secret, so it need not be hard to guess.

    Python seeds `random` anew in each forked process.
    """
    return f"{random.getrandbits(128):032x}"
