"""`/problems/{slug}`: what the `type` of a problem leads to."""

from aiohttp import web

from entrypoints.http.problems.schemas import ProblemMeaning
from entrypoints.http.server.problems import KINDS, NOT_FOUND, Problem

_BY_SLUG = {kind.slug: kind for kind in KINDS}


async def get_problem(request: web.Request) -> web.Response:
    """Tell what one kind of problem means."""
    kind = _BY_SLUG.get(request.match_info["slug"])
    if kind is None:
        raise Problem(NOT_FOUND, "There is no problem of this name.")
    told = ProblemMeaning(type=kind.type, title=kind.title, status=kind.status, meaning=kind.meaning)
    return web.Response(body=told.model_dump_json(), content_type="application/json")
