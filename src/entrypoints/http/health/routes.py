"""`/health`: whether the process lives, and how what it depends on is."""

import asyncio

from aiohttp import web

from entrypoints.http.health.schemas import Liveness, Readiness
from entrypoints.http.server.keys import CHECK_HEALTH, CHECK_QUOTES, LIFETIME
from entrypoints.http.server.problems import STOPPING, Problem

# By then another process stands in its place, or this one is gone.
RETRY_AFTER_SECONDS = 5


async def get_live(_: web.Request) -> web.Response:
    """Tell that the process answers."""
    return web.Response(body=Liveness(status="alive").model_dump_json(), content_type="application/json")


async def get_ready(request: web.Request) -> web.Response:
    """Tell what the service depends on and how each is, as last seen: no exchange is asked for this.

    It stays 200 while an exchange or Redis is down: the other exchange, or memory, serves on. It is 503 from the moment
    that the process is to end, while that still answers.
    """
    if request.app[LIFETIME].is_ending:
        raise Problem(STOPPING, STOPPING.meaning, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    check_health = request.app[CHECK_HEALTH]
    async with asyncio.TaskGroup() as asked:
        dependencies = asked.create_task(check_health())
        quotes = asked.create_task(request.app[CHECK_QUOTES]())
    readiness = Readiness.of(dependencies.result(), check_health.sync_role, quotes.result())
    return web.Response(body=readiness.model_dump_json(exclude_none=True), content_type="application/json")
