"""Errors in the form of another service, for endpoints that stand in for it."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from entrypoints.http.server.problems import Problem

CONTENT_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """How the other service writes errors: `body` makes a problem into what `schema` describes."""

    schema: type[BaseModel]
    body: Callable[[Problem], dict[str, object]]


# Set on a request once its endpoint is known.
_SHAPE = web.RequestKey("error_shape", ErrorShape)


def shaped(handler: Handler, shape: ErrorShape) -> Handler:
    """Return a handler whose errors, those of its access included, are written in this form."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request[_SHAPE] = shape
        return await handler(request)

    return handle


def shaped_response(problem: Problem, request: web.Request) -> web.Response | None:
    """Write the problem in the form of the request's endpoint; None where that has no form of its own."""
    shape = request.get(_SHAPE)
    if shape is None:
        return None
    body = orjson.dumps(shape.body(problem))
    return web.Response(body=body, status=problem.kind.status, content_type=CONTENT_TYPE, headers=problem.headers)
