"""Handlers that answer completely: with the id, the headers and the problem that every answer has."""

from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_urldispatcher import MatchInfoError

from entrypoints.http.server.responding import Respond


def with_answers(route: web.RouteDef, respond: Respond) -> web.RouteDef:
    """Return the route with `respond` around its handler."""
    handler = cast("Handler", route.handler)  # no endpoint is a view class
    return web.route(route.method, route.path, respond(handler), **route.kwargs)


class Unmatched(MatchInfoError):
    """What a request without a route matches. `unknown` handles it where no method has a route at its path."""

    __slots__ = ("_handler",)

    def __init__(self, reason: web.HTTPException, respond: Respond, unknown: Handler) -> None:
        super().__init__(reason)
        self._handler = respond(unknown if isinstance(reason, web.HTTPNotFound) else super().handler)

    @property
    def handler(self) -> Handler:
        """What answers the request."""
        return self._handler
