"""All routes of the application."""

from collections.abc import Iterator

from aiohttp import web

from entrypoints.http.endpoints import beginnings
from entrypoints.http.router import Router


def all_routes(router: Router) -> Iterator[web.AbstractRoute]:
    """Yield the routes of all paths, after importing what is not imported yet."""
    for beginning in sorted(beginnings()):
        yield from router.load_now(beginning).routes()
