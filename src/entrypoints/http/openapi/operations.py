"""Every operation of the API, with the problems it can answer: the one place that says so."""

from entrypoints.http.health.schemas import Liveness, Readiness
from entrypoints.http.identity.operations import ACCOUNT_OPERATIONS
from entrypoints.http.openapi.operation import ALWAYS, API_KEY, BEARER, READING_A_BODY, Operation, OtherAnswer
from entrypoints.http.problems.schemas import ProblemMeaning
from entrypoints.http.quotes.operations import QUOTE_OPERATIONS
from entrypoints.http.rates.schemas import ConvertRequest, ConvertResponse
from entrypoints.http.server import problems

_ASKING = (
    problems.NO_ROUTE,
    problems.INVALID_INPUT,
    problems.INTERNAL_ERROR,
    problems.UNAVAILABLE,
    problems.OVERLOADED,
)
# Where the service is set up so: conversions for those who may only, and not too many.
_GUARDED = (
    problems.UNAUTHENTICATED,
    problems.FORBIDDEN,
    problems.TOO_MANY_REQUESTS,
    problems.DATABASE_UNAVAILABLE,
)

_OPERATIONS_BUT_ACCOUNTS = (
    Operation(
        "post",
        "/api/v1/convert",
        id="convert",
        tag="Conversion",
        summary="Convert an amount",
        description="Asks the exchanges in order. A direct pair on any of them comes before a detour on another.",
        body=ConvertRequest,
        answer=ConvertResponse,
        problems=(*ALWAYS, *_ASKING, *READING_A_BODY, *_GUARDED),
        security=("", BEARER, API_KEY),
    ),
    Operation(
        "get",
        "/api/v1/convert",
        id="convertByQuery",
        tag="Conversion",
        summary="Convert an amount, asked for in the query",
        description="The parameters are the members of POST's body, each at most once. `null` is written as the text.",
        query=ConvertRequest,
        answer=ConvertResponse,
        problems=(*ALWAYS, *_ASKING, *_GUARDED),
        security=("", BEARER, API_KEY),
    ),
    Operation(
        "get",
        "/health/live",
        id="live",
        tag="Health",
        summary="Tell that the process answers",
        answer=Liveness,
        problems=ALWAYS,
    ),
    Operation(
        "get",
        "/health/ready",
        id="ready",
        tag="Health",
        summary="Tell what the service depends on and how each is",
        description="As last seen: no exchange is asked for this. Something down is `degraded`, and still 200.",
        answer=Readiness,
        problems=(*ALWAYS, problems.INTERNAL_ERROR, problems.STOPPING),
    ),
    Operation(
        "get",
        "/metrics",
        id="metrics",
        tag="Health",
        summary="Tell what happened so far, for Prometheus",
        description="Of all processes of the service together. No exchange is asked for this.",
        answer=OtherAnswer("Every metric in Prometheus' text format, version 0.0.4.", "text/plain", "string"),
        problems=(*ALWAYS, problems.INTERNAL_ERROR),
    ),
    Operation(
        "get",
        "/problems/{slug}",
        id="problem",
        tag="About this API",
        summary="Tell what a kind of problem means",
        description="The `type` of every problem points here.",
        path_parameters={"slug": {"type": "string", "enum": [kind.slug for kind in problems.KINDS]}},
        answer=ProblemMeaning,
        problems=(*ALWAYS, problems.NOT_FOUND),
    ),
    Operation(
        "get",
        "/openapi.json",
        id="openapi",
        tag="About this API",
        summary="This document",
        answer=OtherAnswer("This document.", "application/json", "object"),
        problems=ALWAYS,
    ),
)

OPERATIONS = (*_OPERATIONS_BUT_ACCOUNTS, *ACCOUNT_OPERATIONS, *QUOTE_OPERATIONS)
