"""The OpenAPI document: valid, whole, and true to the models and the routes."""

from contextlib import nullcontext
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from entrypoints.http.endpoints import all_endpoints
from entrypoints.http.openapi.document import openapi_document
from entrypoints.http.page.views import VIEWS
from entrypoints.http.problem_pages.catalogue import KINDS
from entrypoints.http.rates.schemas import ConvertRequest
from entrypoints.http.router import Router
from entrypoints.settings.settings import Settings
from tests.routes import all_routes
from tests.unit.fakes.respond import unchanged

# For people: the views of the page, the pages that show the document, and what they are made of.
VIEW_PATHS = {f"/{view.name}" for view in VIEWS}
PAGES = {*VIEW_PATHS, "/docs", "/swagger", "/redoc", "/static/{name}", "/assets/{hash}/{name}"}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Json:
    written: Json = orjson.loads(orjson.dumps(openapi_document(("binance", "kucoin"))))
    return written


def operations(document: Json) -> dict[tuple[str, str], Json]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def deref(document: Json, node: Json) -> Json:
    if "$ref" not in node:
        return node
    for part in node["$ref"].removeprefix("#/").split("/"):
        document = document[part]
    return document


def is_valid(document: Json, schema: Json, value: object) -> bool:
    return bool(Draft202012Validator(schema | {"components": document["components"]}).is_valid(value))


def test_it_is_a_valid_openapi_3_1_document(document: Json) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1.")


def test_its_version_is_the_installed_packages(document: Json) -> None:
    assert document["info"]["version"] == version("crossrate")


def test_every_route_of_the_application_is_in_it_and_it_has_no_other(document: Json) -> None:
    routes = {
        (route.method, route.resource.canonical)
        for route in all_routes(Router(Settings(_env_file=None), unchanged, nullcontext))
        if route.resource is not None and route.method not in {"HEAD", "OPTIONS"}  # every path answers these
    }
    assert {path for _, path in routes} >= PAGES
    aliases = {alias for endpoint in all_endpoints() for alias in endpoint.aliases}
    documented = {(method, path) for method, path in routes if path not in PAGES | aliases and not is_short(path)}
    assert documented == operations(document).keys()


def test_every_short_path_is_answered_by_the_handler_of_the_documented_one() -> None:
    handlers = {
        (route.method, route.resource.canonical): route.handler
        for route in all_routes(Router(Settings(_env_file=None), unchanged, nullcontext))
        if route.resource is not None and route.method not in {"HEAD", "OPTIONS"}
    }
    short = {(method, path): handler for (method, path), handler in handlers.items() if is_short(path)}
    versioned = [endpoint for endpoint in all_endpoints() if endpoint.path.startswith("/api/v1/")]
    assert len(versioned) == 76
    assert len(short) == sum(1 + len(endpoint.aliases) for endpoint in versioned)
    for (method, path), handler in short.items():
        assert handlers[method, path.replace("/api/", "/api/v1/", 1)] is handler


def test_a_closed_service_shows_conversions_as_closed_and_an_open_one_as_open() -> None:
    for is_closed in (False, True):
        written = openapi_document(("binance",), is_closed=is_closed)
        security = written["paths"]["/api/v1/convert"]["post"]["security"]
        assert ({} in security) is not is_closed
        assert {"apiKey": []} in security


def test_the_services_own_routes_come_first(document: Json) -> None:
    assert next(iter(document["paths"])) == "/api/v1/convert"
    kinds = [path.startswith("/api/v1/") for path in document["paths"]]
    assert kinds == sorted(kinds, reverse=True)


def is_short(path: str) -> bool:
    return path.startswith("/api/") and not path.startswith(("/api/v1/", "/api/v3/"))  # v3 is CoinGecko's


def test_every_kind_of_problem_is_in_it_with_its_status(document: Json) -> None:
    responses = document["components"]["responses"]
    assert responses.keys() == {kind.slug for kind in KINDS}
    for kind in KINDS:
        (content,) = responses[kind.slug]["content"].values()
        assert content["example"]["status"] == kind.status
        assert content["example"]["type"] == f"/problems/{kind.slug}"


def test_retry_after_is_promised_where_all_problems_of_a_status_have_it_and_possible_where_some_have(
    document: Json,
) -> None:
    of_locks, of_wallets = (
        deref(document, document["paths"][path]["post"]["responses"]["409"]["headers"]["Retry-After"])
        for path in ("/api/v1/price-locks", "/api/v1/wallets")
    )
    assert of_locks["required"] is True
    assert of_wallets == of_locks | {"required": False}


def test_every_answer_of_every_operation_has_the_request_id(document: Json) -> None:
    answers = [
        deref(document, answer)
        for operation in operations(document).values()
        for answer in operation["responses"].values()
    ]
    assert len(answers) > 20
    assert all("X-Request-ID" in answer["headers"] for answer in answers)


def test_every_example_is_valid_against_the_schema_beside_it(document: Json) -> None:
    contents = [
        content
        for operation in operations(document).values()
        for holder in [*operation["responses"].values(), operation.get("requestBody", {"content": {}})]
        for content in deref(document, holder).get("content", {}).values()
    ]
    examples = [
        (content["schema"], example)
        for content in contents
        for example in [*(each["value"] for each in content.get("examples", {}).values()), content.get("example")]
        if example is not None
    ]
    assert len(examples) > 20
    assert [example for schema, example in examples if not is_valid(document, schema, example)] == []


def test_the_result_of_each_conversion_in_the_examples_is_amount_times_rate(document: Json) -> None:
    convert = document["paths"]["/api/v1/convert"]["post"]
    asked = convert["requestBody"]["content"]["application/json"]["examples"]
    answered = convert["responses"]["200"]["content"]["application/json"]["examples"]
    assert asked.keys() == answered.keys() == {"plain", "with_route", "at_depth", "at"}
    for name, request in asked.items():
        answer = answered[name]["value"]
        assert Decimal(answer["result"]) == Decimal(request["value"]["amount"]) * Decimal(answer["rate"])


def test_the_querys_parameters_are_the_members_of_the_body(document: Json) -> None:
    parameters = [
        deref(document, each)
        for each in document["paths"]["/api/v1/convert"]["get"]["parameters"]
        if deref(document, each)["in"] == "query"
    ]
    assert [each["name"] for each in parameters] == [*ConvertRequest.model_fields, "format", "bom"]
    required = {name for name, field in ConvertRequest.model_fields.items() if field.is_required()}
    assert {each["name"] for each in parameters if each["required"]} == required


@pytest.mark.parametrize(
    ("name", "text", "is_accepted"),
    [
        ("amount", "100", True),
        ("amount", "-1", False),
        ("amount", "1e19", False),
        ("exchange", "null", True),
        ("exchange", "kucoin", True),
        ("exchange", "ftx", False),
        ("cache_max_seconds", "null", True),
        ("cache_max_seconds", "soon", False),
    ],
)
def test_a_parameters_schema_tells_which_text_is_accepted(
    document: Json, name: str, text: str, *, is_accepted: bool
) -> None:
    parameters = document["paths"]["/api/v1/convert"]["get"]["parameters"]
    (schema,) = [each["schema"] for each in parameters if each.get("name") == name]
    assert is_valid(document, schema, text) is is_accepted


def test_only_the_configured_exchanges_can_be_named() -> None:
    schemas = openapi_document(("kucoin",))["components"]["schemas"]
    assert schemas["ConvertRequest"]["properties"]["exchange"]["enum"] == ["kucoin", "best", None]
    assert schemas["BatchRequest"]["properties"]["exchange"]["enum"] == ["kucoin", None]


def test_answers_have_no_null_and_conversions_no_further_member(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for name in ("ConvertResponse", "RouteLeg", "Readiness", "DependencyStatus", "ProblemDetails"):
        assert "null" not in orjson.dumps(schemas[name]).decode()
    assert schemas["ConvertResponse"]["additionalProperties"] is False
