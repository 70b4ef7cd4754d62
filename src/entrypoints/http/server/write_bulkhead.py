"""Bounds how many changes of one user a process makes at a time, so that they leave connections to the others."""

from aiohttp import web
from aiohttp.typedefs import Handler

from application.concurrency.bulkhead import Bulkhead
from entrypoints.http.server.app_keys import CALLER
from entrypoints.http.server.rate_limiting import by_user

# Half of the connections that write: see the engine.
PLACES = 4
WAIT_SECONDS = 2.0

WRITE_BULKHEAD = web.AppKey("write_bulkhead", Bulkhead)


def within_bulkhead(handler: Handler) -> Handler:
    """Return a handler that takes one of its user's places. Whoever has not signed in has none, and needs none."""

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = request.get(CALLER)
        if caller is None:
            return await handler(request)
        async with request.app[WRITE_BULKHEAD].hold(by_user(caller)):
            return await handler(request)

    return handle
