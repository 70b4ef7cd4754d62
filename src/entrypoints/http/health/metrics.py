"""`/metrics`: what happened so far, for Prometheus."""

import asyncio

from aiohttp import web
from aiohttp.hdrs import CONTENT_TYPE

from entrypoints.http.server.keys import EXPOSITION


async def get_metrics(request: web.Request) -> web.Response:
    """Tell every metric, of all processes together; no exchange is asked."""
    exposition = request.app[EXPOSITION]
    exposition.settle()
    # In a thread: adding up the files of several processes takes milliseconds, which no conversion should wait for.
    body = await asyncio.to_thread(exposition.text)
    return web.Response(body=body, headers={CONTENT_TYPE: exposition.content_type})
