"""Bounds how many changes of one user a process makes at a time, so that they leave connections to the others."""

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from application.concurrency.bulkhead import Bulkhead
from entrypoints.http.server.app_keys import CALLER
from entrypoints.http.server.common_problems import REQUEST_TIMEOUT
from entrypoints.http.server.problems import plain_problem
from entrypoints.http.server.rate_limiting import by_user
from entrypoints.http.server.request_body import BODY_TIMEOUT_SECONDS, MAX_BODY_BYTES

# Half of the connections that write: see the engine.
PLACES = 4
WAIT_SECONDS = 2.0

WRITE_BULKHEAD = web.AppKey("write_bulkhead", Bulkhead)


def within_bulkhead(handler: Handler) -> Handler:
    """Return a handler that takes one of its user's places. Anonymous requests are limited by their address."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = request.get(CALLER)
        if caller is None:
            return await handler(request)
        await _arrived(request)
        async with request.app[WRITE_BULKHEAD].hold(by_user(caller)):
            return await handler(request)

    return handle


async def _arrived(request: web.Request) -> None:
    """Wait for the body before a place is taken: its sender decides how slowly it arrives."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return  # the handler rejects it unread
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            await request.content.wait_eof()
    except TimeoutError as error:
        raise plain_problem(REQUEST_TIMEOUT) from error
    except (ConnectionError, web.RequestPayloadError):
        return  # the handler meets the same failure
