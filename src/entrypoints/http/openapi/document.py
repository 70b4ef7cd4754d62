"""The OpenAPI 3.1 document, put together from the operations, the schemas and the examples."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from itertools import groupby

from entrypoints.http.openapi import examples
from entrypoints.http.openapi.operations import OPERATIONS, Operation, OtherAnswer
from entrypoints.http.openapi.schemas import Json, component_schemas, query_parameters, ref
from entrypoints.http.problems import (
    CONTENT_TYPE,
    INVALID_INPUT,
    KINDS,
    METHOD_NOT_ALLOWED,
    NO_ROUTE,
    OVERLOADED,
    STOPPING,
    UNAVAILABLE,
    ProblemKind,
)
from entrypoints.http.schemas.problem import ProblemDetails

_DESCRIPTION = """\
What an amount of one currency is worth in another right now, on which exchange, by which route, and how old that answer
is. Figures are exact decimals, written as strings.

Whatever goes wrong is answered with a problem (RFC 9457, `application/problem+json`), whose `type` leads to what it
means. Every answer bears the request's `X-Request-ID`."""


def openapi_document(exchanges: Sequence[str]) -> Json:
    """Return the document of a service that knows `exchanges`."""
    schemas = component_schemas(exchanges)
    paths: dict[str, Json] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Crossrate",
            "version": version("crossrate"),
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {kind.slug: _problem_response(kind) for kind in KINDS},
            "headers": _HEADERS,
            "parameters": {"X-Request-ID": _REQUEST_ID_PARAMETER},
        },
    }


_REQUEST_ID_PARAMETER = {
    "name": "X-Request-ID",
    "in": "header",
    "description": "Comes back as it is when it has 1 to 128 of `A-Z a-z 0-9 . _ : + / = @ -`; else one is made.",
    "schema": {"type": "string"},
}
_HEADERS = {
    "X-Request-ID": {
        "description": "The request's id: the one it came with, or one made for it.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:+/=@-]{1,128}$"},
    },
    "Retry-After": {
        "description": "Seconds to wait before asking again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "Allow": {"description": "The methods of this path.", "required": True, "schema": {"type": "string"}},
}
_HEADERS_OF = {
    **dict.fromkeys((UNAVAILABLE, OVERLOADED, STOPPING), ("Retry-After",)),
    METHOD_NOT_ALLOWED: ("Allow",),
}
_MEMBERS_OF = {
    INVALID_INPUT: ("errors",),
    NO_ROUTE: ("reasons",),
    UNAVAILABLE: ("failures", "reasons"),
}


def _operation(operation: Operation, schemas: Mapping[str, Json]) -> Json:
    made: Json = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": list(_parameters(operation, schemas)),
        "responses": {
            "200": _answer(operation),
            **_problem_responses(operation.problems),
        },
    }
    if operation.description:
        made["description"] = operation.description
    if operation.body is not None:
        content = {"schema": ref(operation.body), "examples": examples.REQUESTS}
        made["requestBody"] = {"required": True, "content": {"application/json": content}}
    return made


def _parameters(operation: Operation, schemas: Mapping[str, Json]) -> list[Json]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in operation.path_parameters.items()
    ]
    in_query = query_parameters(schemas[operation.query.__name__]) if operation.query is not None else []
    return [*in_path, *in_query, {"$ref": "#/components/parameters/X-Request-ID"}]


def _answer(operation: Operation) -> Json:
    answer = operation.answer
    if isinstance(answer, OtherAnswer):
        content = Json(schema={"type": answer.type})
        return _described(answer.description, answer.content_type, content)
    content = Json(schema=ref(answer), examples=examples.ANSWERS[answer])
    return _described(inspect.getdoc(answer) or "", "application/json", content)


def _described(description: str, content_type: str, content: Json) -> Json:
    return {"description": description, "headers": _headers(), "content": {content_type: content}}


def _problem_responses(kinds: Iterable[ProblemKind]) -> Json:
    """Return one response a status; of several kinds with the same, one that tells of all."""
    by_status = groupby(sorted(kinds, key=lambda kind: kind.status), key=lambda kind: kind.status)
    return {str(status): _either(*of_status) for status, of_status in by_status}


def _either(first: ProblemKind, *others: ProblemKind) -> Json:
    if not others:
        return {"$ref": f"#/components/responses/{first.slug}"}
    responses = {kind.slug: _problem_response(kind) for kind in (first, *others)}
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


def _problem_response(kind: ProblemKind) -> Json:
    own: Json = {"properties": {"type": {"const": kind.type}, "status": {"const": kind.status}}}
    if kind in _MEMBERS_OF:
        own["required"] = list(_MEMBERS_OF[kind])
    content = {"schema": {"allOf": [ref(ProblemDetails), own]}, "example": examples.PROBLEMS[kind]}
    return {
        "description": f"{kind.title}: {kind.meaning}",
        "headers": _headers(*_HEADERS_OF.get(kind, ())),
        "content": {CONTENT_TYPE: content},
    }


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-ID", *names)}
