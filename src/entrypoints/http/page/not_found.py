"""What people read at an address that does not exist. Programs get the problem."""

import re
from html import escape

from aiohttp import web

from entrypoints.http.docs.index import prefers_html
from entrypoints.http.page.assets import ICON, STYLE, loaded_assets
from entrypoints.http.page.headers import HEADERS
from entrypoints.http.page.views import VIEWS
from entrypoints.http.server.path_prefix import path_prefix
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES
from entrypoints.http.server.unknown_paths import path_not_found

# The detail of a problem that knows better.
_MEANT = re.compile(r"There is no such path; write (?P<path>\S+)\.")


async def get_unknown(request: web.Request) -> web.StreamResponse:
    """Answer a browser with a page that links to what exists. Raises the problem for everyone else."""
    try:
        await path_not_found(request)
    except Problem as problem:
        if request.method not in {"GET", "HEAD"} or not prefers_html(request):
            raise
        meant = _MEANT.fullmatch(problem.detail)
    prefix = path_prefix(request, request.app[TRUSTED_PROXIES])
    text = await _html(prefix, meant and meant["path"])
    return web.Response(body=text.encode(), status=404, headers=HEADERS)


async def _html(prefix: str, meant: str | None) -> str:
    """Write the page. Its links are absolute, because the address may have any number of slashes."""
    assets = await loaded_assets()
    shown = [view for view in VIEWS if not view.is_for_admins]
    views = "".join(f'<li><a href="{prefix}/{view.name}">{view.title}</a></li>' for view in shown)
    instead = f' Did you mean <a href="{prefix}{escape(meant)}">{escape(meant)}</a>?' if meant else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Not found · Crossrate</title>'
        '<meta name="color-scheme" content="light dark">'
        f'<link rel="icon" type="image/svg+xml" href="{prefix}/{assets.path_of(ICON)}">'
        f'<link rel="stylesheet" href="{prefix}/{assets.path_of(STYLE)}"></head><body>'
        f'<header class="top"><a class="brand" href="{prefix}/">Crossrate</a>'
        f'<nav aria-label="Views"><ul>{views}</ul></nav></header>'
        f'<main><h1>There is no such page</h1><p class="notice">Nothing is at this address.{instead} '
        f'<a href="{prefix}/">Convert an amount</a>, or choose a view above.</p></main></body></html>'
    )
