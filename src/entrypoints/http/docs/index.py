"""`/` for programs: links to everything else, as JSON."""

from functools import cache
from importlib.metadata import version

import orjson
from aiohttp import web

from entrypoints.http.server.accept import Accepted

# Whether the documentation is served.
HAS_DOCS = web.AppKey("has_docs", bool)

# Relative, so that they lead to the right place behind a proxy that adds a prefix.
_LINKS = {
    "documentation": "docs",
    "reference": "redoc",
    "openapi": "openapi.json",
    "convert": "api/v1/convert",
    "exchanges": "api/v1/exchanges",
    "currencies": "api/v1/currencies",
    "pairs": "api/v1/pairs",
    "readiness": "health/ready",
    "liveness": "health/live",
    "metrics": "metrics",
}
_DOCS = frozenset({"documentation", "reference", "openapi"})
_HTML = ("text/html", "application/xhtml+xml")
_ABOUT = "Converts an amount of one currency into another, at the prices that crypto exchanges have now."
_HEADERS = {
    "Vary": "Accept",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def get_index(request: web.Request) -> web.Response:
    """Answer with the links."""
    body = _index(has_docs=request.app.get(HAS_DOCS, True))
    return web.Response(body=body, content_type="application/json", headers=_HEADERS)


@cache
def _index(*, has_docs: bool) -> bytes:
    """Return the body; the version is read from a file."""
    links = {name: link for name, link in _LINKS.items() if has_docs or name not in _DOCS}
    return orjson.dumps({"name": "crossrate", "version": version("crossrate"), "about": _ABOUT, "links": links})


def prefers_html(request: web.Request) -> bool:
    """Tell whether the client is a browser: HTML must be named, and wanted as much as JSON."""
    accepted = Accepted(request)
    html = max(map(accepted.weight, _HTML))
    is_named = any(map(accepted.names, _HTML))
    return is_named and html > 0 and html >= accepted.weight("application/json")
