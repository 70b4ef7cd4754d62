"""Finds the route of a request, and imports its endpoint first if nobody has asked for the like before."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from aiohttp import web
from aiohttp.web_urldispatcher import UrlMappingMatchInfo

from entrypoints.http.endpoints import beginning_of, beginnings, routes_at
from entrypoints.http.page.not_found import get_unknown
from entrypoints.http.server.matching import Unmatched, with_answers
from entrypoints.http.server.options import add_options
from entrypoints.http.server.responding import Respond
from entrypoints.settings.settings import Settings

# More than any path has. aiohttp looks for a route at every slash: for thousands of slashes it takes milliseconds.
MOST_SEGMENTS = 16


ROUTER: "web.AppKey[Router]" = web.AppKey("router")


class Router:
    """The routes of paths that begin alike, for each such beginning.

    `respond` is wrapped around each handler. `importing` is entered around imports, which happen in a thread: most take
    longer than conversions may wait.
    """

    def __init__(
        self, settings: Settings, respond: Respond, importing: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._settings = settings
        self._respond = respond
        self._importing = importing
        self._known = beginnings()
        self._loaded: dict[str, web.UrlDispatcher] = {}
        self._plain: dict[tuple[str, str], web.AbstractRoute] = {}
        self._loading = asyncio.Lock()
        self._loads: dict[str, asyncio.Task[web.UrlDispatcher]] = {}

    async def resolve(self, request: web.Request) -> UrlMappingMatchInfo:
        """Return the handler of the request, or the 404, 405 or 500 that answers it."""
        path = request.rel_url.raw_path
        if (plain := self._plain.get((request.method, path))) is not None:  # without a search
            return UrlMappingMatchInfo({}, plain)
        if path.count("/") > MOST_SEGMENTS:
            return self._unmatched(web.HTTPNotFound())
        beginning = beginning_of(request.rel_url.path_safe)
        routes = self._loaded.get(beginning)
        if routes is None:
            if beginning not in self._known:
                return self._unmatched(web.HTTPNotFound())
            try:
                routes = await self._load(beginning)
            except Exception as error:  # noqa: BLE001 -- whatever an import may raise; it is logged as others
                failure = web.HTTPInternalServerError()
                failure.__cause__ = error
                return self._unmatched(failure)
        found = await routes.resolve(request)
        return found if found.http_exception is None else self._unmatched(found.http_exception)

    def _unmatched(self, reason: web.HTTPException) -> Unmatched:
        return Unmatched(reason, self._respond, get_unknown)

    def load_now(self, beginning: str) -> web.UrlDispatcher:
        """Import what paths with this beginning need, and return their routes."""
        if beginning not in self._loaded:
            self._loaded[beginning] = self._made(beginning)
        return self._loaded[beginning]

    async def _load(self, beginning: str) -> web.UrlDispatcher:
        """Load it in a task that outlives its request, whose end stops no thread: the next would start a second one."""
        load = self._loads.get(beginning)
        if load is None:
            load = self._loads[beginning] = asyncio.create_task(self._load_in_thread(beginning))
            load.add_done_callback(lambda _: self._loads.pop(beginning))
        return await asyncio.shield(load)

    async def _load_in_thread(self, beginning: str) -> web.UrlDispatcher:
        async with self._loading:
            if beginning not in self._loaded:
                self._loaded[beginning] = await asyncio.to_thread(self._made, beginning)
        return self._loaded[beginning]

    def _made(self, beginning: str) -> web.UrlDispatcher:
        routes = web.UrlDispatcher()
        with self._importing():
            for route in routes_at(beginning, self._settings):
                if beginning_of(route.path) == beginning:
                    routes.add_routes([with_answers(route, self._respond)])
        add_options(routes, self._respond)
        for made in routes.routes():
            if isinstance(made.resource, web.PlainResource):
                self._plain[made.method, made.resource.canonical] = made
        return routes
