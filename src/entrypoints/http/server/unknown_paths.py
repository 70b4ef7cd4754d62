"""Paths that do not exist, and those that were meant."""

import re
from typing import NoReturn

from aiohttp import web
from yarl import URL

from entrypoints.http.server.common_problems import NOT_FOUND
from entrypoints.http.server.problems import Problem, plain_problem

# Nobody means a path so long, and looking for it would cost more than most requests.
_LONGEST = 500

_SLASHES = re.compile(r"/{2,}")


async def path_not_found(request: web.Request) -> NoReturn:
    """Raise the problem, which names the path without superfluous slashes, or in lower case, where that one exists."""
    if len(request.path) > _LONGEST:
        raise plain_problem(NOT_FOUND)
    path = _SLASHES.sub("/", request.path)
    for usual in (path.rstrip("/"), path.rstrip("/").lower()):
        if usual not in {"", request.path} and await _exists(request, usual):
            raise Problem(NOT_FOUND, f"There is no such path; write {usual}.")
    raise plain_problem(NOT_FOUND)


async def _exists(request: web.Request, path: str) -> bool:
    asked = request.clone(rel_url=URL.build(path=path))
    match = await request.app.router.resolve(asked)
    return not isinstance(match.http_exception, web.HTTPNotFound)
