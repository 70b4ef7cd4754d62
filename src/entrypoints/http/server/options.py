"""OPTIONS at every path: which methods it supports."""

from aiohttp import web
from aiohttp.hdrs import ALLOW, METH_OPTIONS
from aiohttp.typedefs import Handler

from entrypoints.http.server.responding import Respond


def add_options(routes: web.UrlDispatcher, respond: Respond) -> None:
    """Have each path answer OPTIONS. Call it once the routes are complete."""
    methods: dict[str, set[str]] = {}
    resources: dict[str, web.Resource] = {}
    for route in routes.routes():
        if isinstance(route.resource, web.Resource):
            resources.setdefault(route.resource.canonical, route.resource)
            methods.setdefault(route.resource.canonical, {METH_OPTIONS}).add(route.method)
    for path, resource in resources.items():
        resource.add_route(METH_OPTIONS, respond(_answering(", ".join(sorted(methods[path])))))


def _answering(allowed: str) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=204, headers={ALLOW: allowed})

    return answer
