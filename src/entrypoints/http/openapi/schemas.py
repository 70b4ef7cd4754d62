"""The JSON schemas of requests and answers, as pydantic makes them of the models."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from domain.rates.errors import BEST
from entrypoints.http.endpoints import all_endpoints
from entrypoints.http.problem_pages.schemas import ProblemDetails
from entrypoints.http.server.endpoint import OtherAnswer

Json = dict[str, Any]

_REF_TEMPLATE = "#/components/schemas/{model}"


def component_schemas(exchanges: Sequence[str]) -> dict[str, Json]:
    """Return the schema of each model by name.

    Fields of the format `exchange` take one of `exchanges` or null; `exchange-or-best` also takes `best`.
    """
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemDetails, "serialization")]
    for endpoint in all_endpoints():
        if endpoint.answer is not None and not isinstance(endpoint.answer, OtherAnswer):
            models.append((endpoint.answer, "serialization"))
        if endpoint.error_shape is not None:
            models.append((endpoint.error_shape.schema, "serialization"))
        models.extend((model, "validation") for model in (endpoint.body, endpoint.query) if model is not None)
    _, made = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF_TEMPLATE, schema_generator=_JsonSchema)
    schemas: dict[str, Json] = made["$defs"]
    for member in chain.from_iterable(schema.get("properties", {}).values() for schema in schemas.values()):
        if member.get("format") in {"exchange", "exchange-or-best"}:
            best = [BEST] if member.pop("format") == "exchange-or-best" else []
            member |= {"type": ["string", "null"], "enum": [*exchanges, *best, None]}
    return schemas


def ref(model: type[BaseModel]) -> Json:
    """Return the reference to a model's schema."""
    return {"$ref": _REF_TEMPLATE.format(model=model.__name__)}


def query_parameters(schema: Json) -> list[Json]:
    """Return one query parameter for each member of an object's `schema`."""
    required = schema.get("required", ())
    return [_parameter(name, member, name in required) for name, member in schema["properties"].items()]


def _parameter(name: str, member: Json, is_required: bool) -> Json:
    schema = _as_text({key: value for key, value in member.items() if key not in {"description", "examples"}})
    if schema.get("default", ...) is None:
        del schema["default"]
    parameter = {
        "name": name,
        "in": "query",
        "required": is_required,
        "description": member["description"],
        "schema": schema,
    }
    example = member.get("examples", [None])[0]
    if example is not None:
        parameter["example"] = str(example) if schema.get("type") == "string" else example
    return parameter


def _as_text(schema: Json) -> Json:
    """Return the schema of the values as text in a query, where null is text too."""
    if "enum" in schema:
        return schema | {"type": "string", "enum": ["null" if each is None else each for each in schema["enum"]]}
    if "anyOf" not in schema:
        return {"const": "null"} if schema.get("type") == "null" else schema
    # An amount is text here, and its text schema says more than its number schema.
    alternatives = [_as_text(each) for each in schema["anyOf"] if each["type"] != "number"]
    return {**schema, "anyOf": alternatives} if len(alternatives) > 1 else alternatives[0]


class _JsonSchema(GenerateJsonSchema):
    """Pydantic's, without titles that repeat a name, and without null in answers: they omit what is absent."""

    def field_title_should_be_set(self, _: object) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Json:
        return (
            self.generate_inner(schema["schema"]) if self.mode == "serialization" else super().nullable_schema(schema)
        )

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
        made = super().default_schema(schema)
        # Where null is not allowed, a default of null only says that the field is optional, which `required` says too.
        is_none = made.get("default", ...) is None and isinstance(made.get("type"), str)
        if self.mode == "serialization" or is_none:
            made.pop("default", None)
        return made
