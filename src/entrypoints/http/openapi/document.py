"""The OpenAPI 3.1 document, derived from the records of the endpoints and the kinds of problems."""

import inspect
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from aiohttp.hdrs import METH_GET

from entrypoints.http.endpoints import all_endpoints
from entrypoints.http.openapi.components import (
    HEADERS,
    IF_NONE_MATCH_PARAMETER,
    IN_QUERY_SCHEME,
    KEY_DESCRIPTION,
    KEY_PARAMETER_SCHEMA,
    METRICS_SCHEME,
    REQUEST_ID_PARAMETER,
    SECURITY_SCHEMES,
)
from entrypoints.http.openapi.problem_responses import error_responses, header_references, problem_response
from entrypoints.http.openapi.schemas import Json, component_schemas, query_parameters, ref
from entrypoints.http.problem_pages.catalogue import KINDS
from entrypoints.http.server.access.guard import (
    API_KEY,
    API_KEY_IN_QUERY,
    METRICS_TOKEN,
    NO_CREDENTIALS,
    SESSION,
    SESSION_ID,
)
from entrypoints.http.server.endpoint import Endpoint, OtherAnswer
from entrypoints.http.server.idempotency import KEY_HEADER, REPLAYED_HEADER, KeyUse
from entrypoints.http.server.rate_limiting import POLICY_HEADER, REMAINING_HEADER

_DESCRIPTION = """\
What an amount of one currency is worth in another right now, on which exchange, by which route, and how old that answer
is. Figures are exact decimals, written as strings.

Every error is answered with a problem (RFC 9457, `application/problem+json`), whose `type` links to an explanation.
Every answer has the request's `X-Request-ID`. Every path under `/api/v1` is available under `/api` too."""


def openapi_document(
    exchanges: Sequence[str],
    *,
    is_closed: bool = False,
    accepts_key_in_query: bool = False,
    has_open_metrics: bool = True,
) -> Json:
    """Return the document of a service with these exchanges. `is_closed`: conversions need credentials, too."""
    schemas = component_schemas(exchanges)
    paths: dict[str, Json] = {}
    for endpoint in all_endpoints():
        needs_credentials = not has_open_metrics if METRICS_TOKEN in endpoint.access.security else is_closed
        security = _security(endpoint, is_closed=needs_credentials, accepts_key_in_query=accepts_key_in_query)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas, security)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Crossrate",
            "version": version("crossrate"),
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Relative to this document, so that it holds below any path.
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {kind.slug: problem_response(kind) for kind in KINDS},
            "headers": HEADERS,
            "parameters": {"X-Request-ID": REQUEST_ID_PARAMETER, "If-None-Match": IF_NONE_MATCH_PARAMETER},
            "securitySchemes": SECURITY_SCHEMES | METRICS_SCHEME | (IN_QUERY_SCHEME if accepts_key_in_query else {}),
        },
    }


def below(prefix: str, node: Any) -> Any:  # noqa: ANN401 -- any JSON
    """Return the document with `prefix` before each value that is a path of the service, such as a problem's type."""
    if isinstance(node, dict):
        return {name: below(prefix, member) for name, member in node.items()}
    if isinstance(node, list):
        return [below(prefix, each) for each in node]
    return prefix + node if isinstance(node, str) and node.startswith("/") else node


def _operation(endpoint: Endpoint, schemas: Mapping[str, Json], security: Json) -> Json:
    made: Json = {
        "operationId": endpoint.id,
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "parameters": list(_parameters(endpoint, schemas)),
        "responses": {
            str(endpoint.status): _answer(endpoint),
            **({"304": _NOT_CHANGED} if endpoint.is_revalidated else {}),
            **error_responses(endpoint),
        },
        **security,
    }
    if endpoint.description:
        made["description"] = endpoint.description
    if endpoint.body is not None:
        content = {"schema": ref(endpoint.body), "examples": endpoint.body_examples}
        made["requestBody"] = {"required": endpoint.is_body_required, "content": {"application/json": content}}
    return made


def _security(endpoint: Endpoint, *, is_closed: bool, accepts_key_in_query: bool) -> Json:
    schemes = [name for name in endpoint.access.security if name != NO_CREDENTIALS or not is_closed]
    if accepts_key_in_query and API_KEY in schemes and endpoint.method == METH_GET:
        schemes.append(API_KEY_IN_QUERY)
    return {"security": [_requirement(name, endpoint.method) for name in schemes]} if schemes else {}


def _requirement(scheme: str, method: str) -> Json:
    if scheme == NO_CREDENTIALS:
        return {}
    is_change = scheme == SESSION and method != METH_GET
    return {scheme: [], **({SESSION_ID: []} if is_change else {})}


def _parameters(endpoint: Endpoint, schemas: Mapping[str, Json]) -> list[Json]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in endpoint.path_parameters.items()
    ]
    in_query = query_parameters(schemas[endpoint.query.__name__]) if endpoint.query is not None else []
    for_revalidation = [{"$ref": "#/components/parameters/If-None-Match"}] if endpoint.is_revalidated else []
    key = [_key_parameter(endpoint)] if endpoint.idempotency_key is not KeyUse.NONE else []
    return [*in_path, *in_query, *key, *for_revalidation, {"$ref": "#/components/parameters/X-Request-ID"}]


def _key_parameter(endpoint: Endpoint) -> Json:
    return {
        "name": KEY_HEADER,
        "in": "header",
        "required": endpoint.idempotency_key is KeyUse.REQUIRED,
        "description": KEY_DESCRIPTION,
        "schema": KEY_PARAMETER_SCHEMA,
    }


def _answer(endpoint: Endpoint) -> Json:
    answer = endpoint.answer
    headers = header_references(
        *((POLICY_HEADER, REMAINING_HEADER) if endpoint.access.is_limited else ()),
        *(("ETag",) if endpoint.is_revalidated else ()),
        *((REPLAYED_HEADER,) if endpoint.idempotency_key is not KeyUse.NONE else ()),
    )
    if answer is None:
        return {"description": "Done.", "headers": headers}
    if isinstance(answer, OtherAnswer):
        content = Json(schema={"type": answer.type})
        return _described(answer.description, answer.content_type, content, headers)
    content = Json(schema=ref(answer), examples=endpoint.answer_examples)
    described = _described(inspect.getdoc(answer) or "", "application/json", content, headers)
    if endpoint.csv:
        described["content"]["text/csv"] = {"schema": {"type": "string", "description": endpoint.csv}}
    return described


def _described(description: str, content_type: str, content: Json, headers: Json) -> Json:
    return {"description": description, "headers": headers, "content": {content_type: content}}


_NOT_CHANGED = {
    "description": "Nothing has changed since the answer with this ETag.",
    "headers": header_references("ETag"),
}
