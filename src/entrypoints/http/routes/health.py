"""`/health`: whether the process lives, and how what it depends on is."""

from aiohttp import web

from entrypoints.http.keys import CHECK_HEALTH
from entrypoints.http.schemas.health import Liveness, Readiness


async def get_live(_: web.Request) -> web.Response:
    """Tell that the process answers."""
    return web.Response(body=Liveness(status="alive").model_dump_json(), content_type="application/json")


async def get_ready(request: web.Request) -> web.Response:
    """Tell what the service depends on and how each is, as last seen: no exchange is asked for this.

    It stays 200 while an exchange or Redis is down: the other exchange, or memory, serves on.
    """
    readiness = Readiness.of(await request.app[CHECK_HEALTH]())
    return web.Response(body=readiness.model_dump_json(exclude_none=True), content_type="application/json")
