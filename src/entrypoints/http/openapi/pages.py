"""The API's documentation: `/openapi.json`, and the pages that show it without asking anyone else for anything."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from entrypoints.http.openapi.document import openapi_document

STATIC = Path(__file__).parent / "static"

# What is not named here, a browser refuses: other origins, scripts in the page, being framed. Small images are `data:`.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "script-src 'self'; connect-src 'self'; img-src 'self' data:; style-src 'self'"
)
# ReDoc's script adds style elements: empty ones, which it then fills rule by rule, and one for its scroll bars.
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


def docs_routes(exchanges: Sequence[str]) -> list[web.RouteDef]:
    """Return the routes; the document names `exchanges` as the ones that can be asked."""
    return [
        web.get("/openapi.json", _document(exchanges)),
        web.get("/docs", _page("docs.html")),
        web.get("/redoc", _page("redoc.html", *_REDOC_STYLES)),
        web.get("/static/{name:.+}", get_asset),
    ]


def _document(exchanges: Sequence[str]) -> Handler:
    document = orjson.dumps(openapi_document(exchanges))

    async def get_document(_: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/json")

    return get_document


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


async def get_asset(request: web.Request) -> web.FileResponse:
    """Answer with a file that the pages are made of."""
    name = request.match_info["name"]
    path = _assets().get(name)
    if path is None:
        raise web.HTTPNotFound
    # The folders are named after the version that they hold, so what is in one never changes.
    caching = "public, max-age=31536000, immutable" if "/" in name else "no-cache"
    headers = {"Content-Type": _CONTENT_TYPES[path.suffix], "Cache-Control": caching, **_NO_SNIFFING}
    return web.FileResponse(path, headers=headers)


@cache
def _assets() -> dict[str, Path]:
    """Return the files that may be asked for; looked up by name, so that no name leads out of the folder."""
    files = (path for path in STATIC.rglob("*") if path.suffix in _CONTENT_TYPES)
    return {path.relative_to(STATIC).as_posix(): path for path in files}
