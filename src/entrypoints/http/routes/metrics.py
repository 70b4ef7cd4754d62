"""`/metrics`: what happened so far, for Prometheus."""

from aiohttp import web
from aiohttp.hdrs import CONTENT_TYPE

from entrypoints.http.keys import EXPOSITION


async def get_metrics(request: web.Request) -> web.Response:
    """Tell every metric, of all processes together; no exchange is asked."""
    exposition = request.app[EXPOSITION]
    return web.Response(body=exposition.text(), headers={CONTENT_TYPE: exposition.content_type})
