"""How problems appear in the OpenAPI document."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from entrypoints.http.openapi.components import HEADERS
from entrypoints.http.openapi.schemas import Json, ref
from entrypoints.http.problem_pages.catalogue import example_of
from entrypoints.http.problem_pages.schemas import ProblemDetails
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.error_shape import CONTENT_TYPE as SHAPED_CONTENT_TYPE
from entrypoints.http.server.error_shape import ErrorShape
from entrypoints.http.server.problems import CONTENT_TYPE, ProblemKind, problem_body

_REQUEST_ID = "6f1c0d7a4be84b2f9f6f3a5f0f0c2d11"


def error_responses(endpoint: Endpoint) -> Json:
    """Return one response for each status of an error; several kinds with the same status share one."""
    kinds, shape = tuple(endpoint.all_problems), endpoint.error_shape
    if shape is None:
        return {status: _either(*of_status) for status, of_status in _by_status(kinds)}
    problems = endpoint.unshaped_problems
    made: Json = {status: _either(*of_status) for status, of_status in _by_status(problems)}
    others = (kind for kind in kinds if kind not in problems)
    return made | {status: _shaped(shape, *of_status) for status, of_status in _by_status(others)}


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


def _by_status(kinds: Iterable[ProblemKind]) -> Iterator[tuple[str, Iterable[ProblemKind]]]:
    by_status = groupby(sorted(kinds, key=lambda kind: kind.status), key=lambda kind: kind.status)
    return ((str(status), of_status) for status, of_status in by_status)


def _shaped(shape: ErrorShape, first: ProblemKind, *others: ProblemKind) -> Json:
    content = {"schema": ref(shape.schema), "example": shape.body(example_of(first))}
    return {
        "description": " ".join(f"{kind.title}: {kind.meaning}" for kind in (first, *others)),
        "headers": _headers_of(first, *others),
        "content": {SHAPED_CONTENT_TYPE: content},
    }


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
        "headers": _headers_of(first, *others),
        "content": {CONTENT_TYPE: content},
    }


def _headers_of(*kinds: ProblemKind) -> Json:
    """Return the headers of these kinds; one that not all of them have is optional."""
    always = header_references(*(name for name in kinds[0].headers if all(name in kind.headers for kind in kinds)))
    sometimes = {name: HEADERS[name] | {"required": False} for kind in kinds for name in kind.headers}
    return sometimes | always


def _schema(kind: ProblemKind) -> Json:
    own: Json = {"properties": {"type": {"const": kind.type}, "status": {"const": kind.status}}}
    if kind.members:
        own["required"] = list(kind.members)
    return {"allOf": [ref(ProblemDetails), own]}
