"""The API's documentation: `/openapi.json`, and pages that show it without requests to other hosts."""

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from entrypoints.http.server.endpoint import Endpoint, OtherAnswer
from entrypoints.http.server.path_prefix import path_prefix
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES
from entrypoints.settings.settings import Settings

STATIC = Path(__file__).parent / "static"

# Browsers block everything else: other origins, inline scripts, framing. Small images are `data:`.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "script-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'"
)
# ReDoc's script adds style elements: empty ones, which it fills rule by rule, and one for its scroll bars.
_REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='",
)
_NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}
_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
}


# Writes the document of a service below a path, for one request at a time.
DOCUMENT: web.AppKey[Callable[[str], bytes]] = web.AppKey("document")
WRITING_DOCUMENT = web.AppKey("writing_document", asyncio.Lock)


async def get_document(request: web.Request) -> web.Response:
    """Answer with the OpenAPI document."""
    prefix = path_prefix(request, request.app[TRUSTED_PROXIES])
    async with request.app[WRITING_DOCUMENT]:
        # In a thread, because the first time takes as long as thousands of conversions, which must not wait.
        written = await asyncio.to_thread(request.app[DOCUMENT], prefix)
    return web.Response(body=written, content_type="application/json")


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/openapi.json",
        handler=get_document,
        id="openapi",
        tag="About this API",
        summary="This document",
        answer=OtherAnswer("This document.", "application/json", "object"),
        never_fails=True,
    ),
)


def page_routes(settings: Settings) -> list[web.RouteDef]:
    """Return the routes of the document, of the pages and of their assets, where they are served."""
    if not settings.has_docs:
        return []
    return [
        *(route for endpoint in ENDPOINTS for route in endpoint.routes(settings)),
        web.get("/docs", _page("docs.html")),
        web.get("/swagger", get_swagger),
        web.get("/redoc", _page("redoc.html", *_REDOC_STYLES)),
        web.get("/static/{name:.+}", get_asset),
    ]


def _page(name: str, *styles: str) -> Handler:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": " ".join((_CONTENT_SECURITY_POLICY, *styles)),
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
        **_NO_SNIFFING,
    }

    async def get_page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / name, headers=headers)

    return get_page


async def get_swagger(_: web.Request) -> web.Response:
    """Lead to the page that shows the document with Swagger UI, wherever a proxy has put it."""
    return web.Response(status=302, headers={"Location": "docs"})


async def get_asset(request: web.Request) -> web.FileResponse:
    """Answer with a file that the pages use."""
    name = request.match_info["name"]
    path = _assets().get(name)
    if path is None:
        raise web.HTTPNotFound
    # Each folder is named after the version in it, so its files never change.
    caching = "public, max-age=31536000, immutable" if "/" in name else "no-cache"
    headers = {"Content-Type": _CONTENT_TYPES[path.suffix], "Cache-Control": caching, **_NO_SNIFFING}
    return web.FileResponse(path, headers=headers)


@cache
def _assets() -> dict[str, Path]:
    """Return the public files by name. Names are looked up here, so none leads out of the folder."""
    files = (path for path in STATIC.rglob("*") if path.suffix in _CONTENT_TYPES)
    return {path.relative_to(STATIC).as_posix(): path for path in files}
