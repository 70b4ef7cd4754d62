"""Checks a document against a model, with messages for its sender."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from domain.errors import InvalidInput
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.problems import Problem
from entrypoints.nearest import did_you_mean

# The client chooses a field's name; a longer one is not worth sending back in full.
LONGEST_FIELD = 64

# Twice as many as any request has. Each unknown field adds an error.
MOST_FIELDS = 16

# Finding a near name takes as long as reading a whole request.
MOST_SUGGESTIONS = 1

# Pydantic's own messages name its types; these say what to send.
_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this request",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode text",
    "string_too_short": "must have {min_length} characters or more",
    "string_too_long": "must have at most {max_length} characters",
    "list_type": "must be a list",
    "too_short": "must have {min_length} members or more",
    "too_long": "must have at most {max_length} members",
    "int_type": "must be a whole number of seconds, or null",
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be {ge} or more",
    "bool_type": "must be true or false",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "model_type": "the body must be a JSON object",
}

Model = TypeVar("Model", bound=BaseModel)


def validated(schema: type[Model], document: object) -> Model:
    """Return the document as a model. Raises `Problem`, which lists every invalid field."""
    if isinstance(document, dict) and len(document) > MOST_FIELDS:
        raise invalid_input([FieldError("", f"the request has {len(document)} fields; at most {MOST_FIELDS} are read")])
    try:
        return schema.model_validate(document)
    except ValidationError as error:
        raise invalid_fields(error, schema) from error


def invalid_fields(error: ValidationError, schema: type[BaseModel]) -> Problem:
    """Return the problem that lists every invalid field of a document that should be of this schema."""
    return invalid_input(_field_errors(error, schema))


def wrong_value(error: InvalidInput) -> PydanticCustomError:
    """Return a validation error with the message of the domain."""
    return PydanticCustomError("wrong_value", "{message}", {"message": str(error)})


def _field_errors(error: ValidationError, schema: type[BaseModel]) -> list[FieldError]:
    found, suggestions = [], 0
    for each in error.errors(include_url=False, include_input=False):
        is_unknown = each["type"] == "extra_forbidden"
        found.append(_field_error(each, schema, suggest=is_unknown and suggestions < MOST_SUGGESTIONS))
        suggestions += is_unknown
    return found


def _field_error(error: ErrorDetails, schema: type[BaseModel], *, suggest: bool) -> FieldError:
    field = str(error["loc"][0])[:LONGEST_FIELD] if error["loc"] else ""
    message = _MESSAGES.get(error["type"], error["msg"])
    if error.get("ctx", {}).get("min_length") == 1:
        message = "must not be empty"
    elif error["type"] in _MESSAGES and "ctx" in error:  # most have none, and formatting takes a while
        message = message.format(**error["ctx"])
    if suggest:
        message += did_you_mean(field, (each.alias or name for name, each in schema.model_fields.items()))
    return FieldError(field, message)
