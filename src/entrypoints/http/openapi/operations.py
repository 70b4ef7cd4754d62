"""Every operation of the API, with the problems it can answer: the one place that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from entrypoints.http import problems
from entrypoints.http.problems import ProblemKind
from entrypoints.http.schemas.conversion import ConvertRequest, ConvertResponse
from entrypoints.http.schemas.health import Liveness, Readiness
from entrypoints.http.schemas.problem import ProblemMeaning


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """An answer that is no model of ours."""

    description: str
    content_type: str
    type: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path: what it takes, what it answers with status 200, and each problem it can answer."""

    method: str
    path: str
    id: str
    tag: str
    summary: str
    answer: type[BaseModel] | OtherAnswer
    problems: tuple[ProblemKind, ...]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    path_parameters: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    description: str = ""


# Of any request: a header over 8 KiB, or a method that the path does not know. They stand at each operation, for want
# of a place at the path.
_ALWAYS = (problems.MALFORMED_REQUEST, problems.METHOD_NOT_ALLOWED)
_ASKING = (
    problems.NO_ROUTE,
    problems.INVALID_INPUT,
    problems.INTERNAL_ERROR,
    problems.UNAVAILABLE,
    problems.OVERLOADED,
)
_READING_A_BODY = (problems.REQUEST_TIMEOUT, problems.BODY_TOO_LARGE, problems.UNSUPPORTED_MEDIA_TYPE)

OPERATIONS = (
    Operation(
        "post",
        "/api/v1/convert",
        id="convert",
        tag="Conversion",
        summary="Convert an amount",
        description="Asks the exchanges in order. A direct pair on any of them comes before a detour on another.",
        body=ConvertRequest,
        answer=ConvertResponse,
        problems=(*_ALWAYS, *_ASKING, *_READING_A_BODY),
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
        problems=(*_ALWAYS, *_ASKING),
    ),
    Operation(
        "get",
        "/health/live",
        id="live",
        tag="Health",
        summary="Tell that the process answers",
        answer=Liveness,
        problems=_ALWAYS,
    ),
    Operation(
        "get",
        "/health/ready",
        id="ready",
        tag="Health",
        summary="Tell what the service depends on and how each is",
        description="As last seen: no exchange is asked for this. Something down is `degraded`, and still 200.",
        answer=Readiness,
        problems=(*_ALWAYS, problems.INTERNAL_ERROR, problems.STOPPING),
    ),
    Operation(
        "get",
        "/metrics",
        id="metrics",
        tag="Health",
        summary="Tell what happened so far, for Prometheus",
        description="Of all processes of the service together. No exchange is asked for this.",
        answer=OtherAnswer("Every metric in Prometheus' text format, version 0.0.4.", "text/plain", "string"),
        problems=(*_ALWAYS, problems.INTERNAL_ERROR),
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
        problems=(*_ALWAYS, problems.NOT_FOUND),
    ),
    Operation(
        "get",
        "/openapi.json",
        id="openapi",
        tag="About this API",
        summary="This document",
        answer=OtherAnswer("This document.", "application/json", "object"),
        problems=_ALWAYS,
    ),
)
