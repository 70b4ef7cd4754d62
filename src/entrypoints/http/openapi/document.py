"""The OpenAPI 3.1 document, put together from the operations, the schemas and the examples."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from itertools import groupby

from entrypoints.http.openapi import examples
from entrypoints.http.openapi.operation import API_KEY, BEARER, Operation, OtherAnswer
from entrypoints.http.openapi.operations import OPERATIONS
from entrypoints.http.openapi.schemas import Json, component_schemas, query_parameters, ref
from entrypoints.http.problems.schemas import ProblemDetails
from entrypoints.http.server.problems import (
    CONTENT_TYPE,
    DATABASE_UNAVAILABLE,
    INVALID_INPUT,
    KINDS,
    METHOD_NOT_ALLOWED,
    NO_ROUTE,
    NOT_QUOTED,
    OVERLOADED,
    QUOTES_UNAVAILABLE,
    STOPPING,
    TOO_MANY_REQUESTS,
    UNAUTHENTICATED,
    UNAVAILABLE,
    ProblemKind,
)

_DESCRIPTION = """\
What an amount of one currency is worth in another right now, on which exchange, by which route, and how old that answer
is. Figures are exact decimals, written as strings.

Whatever goes wrong is answered with a problem (RFC 9457, `application/problem+json`), whose `type` leads to what it
means. Every answer bears the request's `X-Request-ID`. Accounts, keys and recorded quotes answer under `/api` too,
alike."""


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
            "parameters": {"X-Request-ID": _REQUEST_ID_PARAMETER, "If-None-Match": _IF_NONE_MATCH_PARAMETER},
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


_REQUEST_ID_PARAMETER = {
    "name": "X-Request-ID",
    "in": "header",
    "description": "Comes back as it is when it has 1 to 128 of `A-Z a-z 0-9 . _ : + / = @ -`; else one is made.",
    "schema": {"type": "string"},
}
_IF_NONE_MATCH_PARAMETER = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer that is at hand: 304 when it still holds.",
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
    "ETag": {
        "description": "What to ask about with If-None-Match. Not there beside CSV.",
        "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    },
    "Allow": {"description": "The methods of this path.", "required": True, "schema": {"type": "string"}},
    "WWW-Authenticate": {
        "description": "How to prove who asks.",
        "required": True,
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "How often one may ask: `q` times within `w` seconds. Not there where there is no limit.",
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": "How often one still may: `r` times, more in `t` seconds. Not there where there is no limit.",
        "schema": {"type": "string"},
    },
}
_HEADERS_OF = {
    **dict.fromkeys(
        (UNAVAILABLE, OVERLOADED, STOPPING, DATABASE_UNAVAILABLE, QUOTES_UNAVAILABLE, TOO_MANY_REQUESTS),
        ("Retry-After",),
    ),
    UNAUTHENTICATED: ("WWW-Authenticate",),
    METHOD_NOT_ALLOWED: ("Allow",),
}
_SECURITY_SCHEMES = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a user who signed in.",
    },
    API_KEY: {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key of a user's programs, good for what its scopes name.",
    },
}
_LIMIT_HEADERS = ("RateLimit-Policy", "RateLimit")
_MEMBERS_OF = {
    INVALID_INPUT: ("errors",),
    NOT_QUOTED: ("reasons",),
    QUOTES_UNAVAILABLE: ("failures", "reasons"),
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
            str(operation.status): _answer(operation),
            **({"304": _NOT_CHANGED} if operation.is_revalidated else {}),
            **_problem_responses(operation.problems),
        },
    }
    if operation.security:
        made["security"] = [{name: []} if name else {} for name in operation.security]
    if operation.description:
        made["description"] = operation.description
    if operation.body is not None:
        content = {"schema": ref(operation.body), "examples": examples.REQUESTS[operation.body]}
        made["requestBody"] = {"required": operation.is_body_required, "content": {"application/json": content}}
    return made


def _parameters(operation: Operation, schemas: Mapping[str, Json]) -> list[Json]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in operation.path_parameters.items()
    ]
    in_query = query_parameters(schemas[operation.query.__name__]) if operation.query is not None else []
    asked_about = [{"$ref": "#/components/parameters/If-None-Match"}] if operation.is_revalidated else []
    return [*in_path, *in_query, *asked_about, {"$ref": "#/components/parameters/X-Request-ID"}]


def _answer(operation: Operation) -> Json:
    answer = operation.answer
    headers = _headers(
        *(_LIMIT_HEADERS if operation.is_limited else ()),
        *(("ETag",) if operation.is_revalidated else ()),
    )
    if answer is None:
        return {"description": "It is done.", "headers": headers}
    if isinstance(answer, OtherAnswer):
        content = Json(schema={"type": answer.type})
        return _described(answer.description, answer.content_type, content, headers)
    content = Json(schema=ref(answer), examples=examples.ANSWERS[answer])
    described = _described(inspect.getdoc(answer) or "", "application/json", content, headers)
    if operation.csv:
        described["content"]["text/csv"] = {"schema": {"type": "string", "description": operation.csv}}
    return described


def _described(description: str, content_type: str, content: Json, headers: Json) -> Json:
    return {"description": description, "headers": headers, "content": {content_type: content}}


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
    content = {"schema": _problem_schema(kind), "example": examples.PROBLEMS[kind]}
    return {
        "description": f"{kind.title}: {kind.meaning}",
        "headers": _headers(*_HEADERS_OF.get(kind, ())),
        "content": {CONTENT_TYPE: content},
    }


def _problem_schema(kind: ProblemKind) -> Json:
    own: Json = {"properties": {"type": {"const": kind.type}, "status": {"const": kind.status}}}
    if kind in _MEMBERS_OF:
        own["required"] = list(_MEMBERS_OF[kind])
    return {"allOf": [ref(ProblemDetails), own]}


_NOT_CHANGED = {
    "description": "The answer that the ETag names still holds.",
    "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-ID", "ETag")},
}


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-ID", *names)}
