"""The way of nearly every request, past aiohttp's router."""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from entrypoints.http.server.middleware import Answer


def answer_directly(app: web.Application, path: str, post: Handler, answer: Answer) -> None:
    """Have a POST to `path` answered by `post` without being routed; call it once the application is complete.

    aiohttp looks for the route, makes a match of it and wraps the middleware around the handler anew for each request:
    6 us, an eighth of all that a conversion takes without the kernel's share. `post` must be routed as well: that way
    go requests that expect something, and those to the path spelt otherwise. There is no `match_info` here, and so no
    `request.app`.

    The method that is replaced is the only hook: a runner hands it to aiohttp's server, and runners are made by
    gunicorn's worker and by `web.run_app` for themselves.
    """
    route = app._handle  # noqa: SLF001 -- see above

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.method == hdrs.METH_POST and request.rel_url.raw_path == path and hdrs.EXPECT not in request.headers:
            return await answer(request, post, path)
        return await route(request)

    app._handle = handle  # type: ignore[method-assign]  # noqa: SLF001 -- see above
