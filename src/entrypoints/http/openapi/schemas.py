"""The JSON schemas of what goes in and out, as pydantic makes them of the models."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from entrypoints.http.openapi.operation import OtherAnswer
from entrypoints.http.openapi.operations import OPERATIONS
from entrypoints.http.problems.schemas import ProblemDetails
from entrypoints.http.rates.schemas import ConvertRequest

Json = dict[str, Any]

_REF_TEMPLATE = "#/components/schemas/{model}"


def component_schemas(exchanges: Sequence[str]) -> dict[str, Json]:
    """Return the schema of each model by name; `exchanges` are the names that a request may give."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ProblemDetails, "serialization")]
    for operation in OPERATIONS:
        if operation.answer is not None and not isinstance(operation.answer, OtherAnswer):
            models.append((operation.answer, "serialization"))
        models.extend((model, "validation") for model in (operation.body, operation.query) if model is not None)
    _, made = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF_TEMPLATE, schema_generator=_JsonSchema)
    schemas: dict[str, Json] = made["$defs"]
    # The model takes any name; the conversion is what refuses those that are not configured.
    exchange = schemas[ConvertRequest.__name__]["properties"]["exchange"]
    del exchange["anyOf"]
    exchange |= {"type": ["string", "null"], "enum": [*exchanges, None]}
    return schemas


def ref(model: type[BaseModel]) -> Json:
    """Return the reference to a model's schema."""
    return {"$ref": _REF_TEMPLATE.format(model=model.__name__)}


def query_parameters(schema: Json) -> list[Json]:
    """Return the parameters that stand for the members of an object's `schema` in the query."""
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
    """Return the schema of `schema`'s values as they are written in a query, where null is a text like any other."""
    if "enum" in schema:
        return schema | {"type": "string", "enum": ["null" if each is None else each for each in schema["enum"]]}
    if "anyOf" not in schema:
        return {"const": "null"} if schema.get("type") == "null" else schema
    # An amount is text here, and the schema of its text says more than the one of its number.
    alternatives = [_as_text(each) for each in schema["anyOf"] if each["type"] != "number"]
    return {**schema, "anyOf": alternatives} if len(alternatives) > 1 else alternatives[0]


class _JsonSchema(GenerateJsonSchema):
    """Pydantic's, without titles that repeat a name, and without null in answers: they leave out what is not there."""

    def field_title_should_be_set(self, _: object) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Json:
        return (
            self.generate_inner(schema["schema"]) if self.mode == "serialization" else super().nullable_schema(schema)
        )

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
        made = super().default_schema(schema)
        # Where null is no value, a default of null only says that the field can be left out, and so does its place.
        is_none = made.get("default", ...) is None and isinstance(made.get("type"), str)
        if self.mode == "serialization" or is_none:
            made.pop("default", None)
        return made
