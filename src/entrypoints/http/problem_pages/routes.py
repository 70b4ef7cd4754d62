"""`/problems/{slug}`: explains a kind of problem. The `type` of each problem points here."""

from aiohttp import web

from entrypoints.http.problem_pages.catalogue import KINDS
from entrypoints.http.problem_pages.schemas import ProblemMeaning
from entrypoints.http.rates.problems import NO_ROUTE
from entrypoints.http.server.common_problems import NOT_FOUND
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.example import example_of
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.path_prefix import path_prefix
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES

_BY_SLUG = {kind.slug: kind for kind in KINDS}


async def get_problem(request: web.Request) -> web.Response:
    """Explain one kind of problem."""
    kind = _BY_SLUG.get(request.match_info["slug"])
    if kind is None:
        raise Problem(NOT_FOUND, "There is no problem with this name.")
    return json_response(ProblemMeaning.of(kind, path_prefix(request, request.app[TRUSTED_PROXIES])))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/problems/{slug}",
        handler=get_problem,
        id="problem",
        tag="About this API",
        summary="Explain a kind of problem",
        description="The `type` of every problem points here.",
        path_parameters={"slug": {"type": "string", "enum": [kind.slug for kind in KINDS]}},
        answer=ProblemMeaning,
        answer_examples={"no_route": example_of("What `/problems/no-route` says", ProblemMeaning.of(NO_ROUTE))},
        problems=(NOT_FOUND,),
        never_fails=True,
    ),
)
