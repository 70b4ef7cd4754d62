"""`/health`: whether the process lives, and the state of what it depends on."""

import asyncio
from functools import partial

from aiohttp import web

from entrypoints.http.health import examples
from entrypoints.http.health.problems import STOPPING
from entrypoints.http.health.schemas import Liveness, Readiness
from entrypoints.http.server.app_keys import CONTAINER, LIFECYCLE
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.problems import Problem, retry_after

# By then another process has taken over, or this one has ended.
RETRY_AFTER_SECONDS = 5

_health = partial(Endpoint, method="GET", tag="Health")


async def get_live(_: web.Request) -> web.Response:
    """Answer that the process lives."""
    return json_response(Liveness(status="alive"))


LIVE = _health(
    path="/health/live",
    handler=get_live,
    id="live",
    summary="Check that the process responds",
    answer=Liveness,
    answer_examples=examples.LIVE,
    never_fails=True,
)


async def get_ready(request: web.Request) -> web.Response:
    """Answer with the last known state of each dependency.

    It stays 200 while an exchange or Redis is down: the other exchange, or memory, takes over. It is 503 once the
    process has begun to stop.
    """
    if request.app[LIFECYCLE].is_draining:
        raise Problem(STOPPING, STOPPING.meaning, headers=retry_after(RETRY_AFTER_SECONDS))
    check_health = request.app[CONTAINER].health().check_health()
    async with asyncio.TaskGroup() as checks:
        dependencies = checks.create_task(check_health())
        quotes = checks.create_task(request.app[CONTAINER].health().check_quotes()())
    readiness = Readiness.of(dependencies.result(), check_health.sync_role, quotes.result())
    return json_response(readiness)


READY = _health(
    path="/health/ready",
    handler=get_ready,
    id="ready",
    summary="Report the state of the service and its dependencies",
    description="The last known state: no exchange is called. With a dependency down the status is `degraded`, and "
    "still 200.",
    answer=Readiness,
    answer_examples=examples.READY,
    problems=(STOPPING,),
)

ENDPOINTS = (LIVE, READY)
