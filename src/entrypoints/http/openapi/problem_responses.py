"""How problems appear in the OpenAPI document."""

from collections.abc import Iterable
from itertools import groupby

from entrypoints.http.openapi.schemas import Json, ref
from entrypoints.http.problem_pages.catalogue import example_of
from entrypoints.http.problem_pages.schemas import ProblemDetails
from entrypoints.http.server.problems import CONTENT_TYPE, ProblemKind, problem_body

_REQUEST_ID = "6f1c0d7a4be84b2f9f6f3a5f0f0c2d11"


def problem_responses(kinds: Iterable[ProblemKind]) -> Json:
    """Return one response for each status; several kinds with the same status share one."""
    by_status = groupby(sorted(kinds, key=lambda kind: kind.status), key=lambda kind: kind.status)
    return {str(status): _either(*of_status) for status, of_status in by_status}


def problem_response(kind: ProblemKind) -> Json:
    """Return the response for one kind of problem."""
    example = problem_body(example_of(kind), "/api/v1/convert", _REQUEST_ID)
    return {
        "description": f"{kind.title}: {kind.meaning}",
        "headers": header_references(*kind.headers),
        "content": {CONTENT_TYPE: {"schema": _schema(kind), "example": example}},
    }


def header_references(*names: str) -> Json:
    """Return references to these headers, and to the one of every answer."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-ID", *names)}


def _either(first: ProblemKind, *others: ProblemKind) -> Json:
    if not others:
        return {"$ref": f"#/components/responses/{first.slug}"}
    responses = {kind.slug: problem_response(kind) for kind in (first, *others)}
    contents = {slug: response["content"][CONTENT_TYPE] for slug, response in responses.items()}
    content = {
        "schema": {"oneOf": [content["schema"] for content in contents.values()]},
        "examples": {slug: {"value": content["example"]} for slug, content in contents.items()},
    }
    return {
        "description": " ".join(response["description"] for response in responses.values()),
        "headers": responses[first.slug]["headers"],
        "content": {CONTENT_TYPE: content},
    }


def _schema(kind: ProblemKind) -> Json:
    own: Json = {"properties": {"type": {"const": kind.type}, "status": {"const": kind.status}}}
    if kind.members:
        own["required"] = list(kind.members)
    return {"allOf": [ref(ProblemDetails), own]}
