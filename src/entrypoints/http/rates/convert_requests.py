"""Reads a request into a `ConvertNowRequest`. Anything wrong with it raises `Problem`."""

import re
from collections.abc import Mapping

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from domain.decimals import NUMBER
from entrypoints.http.rates.schemas import ConvertNowRequest, ConvertQuery, ConvertRequest
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.request_body import json_body, json_document, read_strictly
from entrypoints.http.server.request_query import query_parameters
from entrypoints.http.server.strict_json import JsonNumber
from entrypoints.http.server.validation import MOST_FIELDS, invalid_fields, validated

# Ten times the size of a body with the longest values.
MAX_CONVERT_BODY_BYTES = 4 * 1024

# Longer bodies are probably wrong: only the strict reader reads them, unless they have far too many members.
MAX_USUAL_BODY_BYTES = 512
MOST_MEMBERS = 16

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NOT_WHOLE = re.compile(
    rb'"amount"\s*:\s*((?:0|[1-9][0-9]*+)(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+))(?=[\s,}])'
)
# What the model's own method calls, after some checks of what nobody passes to it.
_validate_json = TypeAdapter(ConvertNowRequest).validator.validate_json
_BOOLEANS = {"true": True, "false": False}
_NULLABLE = frozenset({"exchange", "cache_max_seconds"})


async def convert_request_in_body(request: web.Request) -> ConvertNowRequest:
    """Read the JSON body; one with `at` becomes a `ConvertRequest`."""
    return convert_request_of(await json_body(request, MAX_CONVERT_BODY_BYTES), ConvertRequest)


def convert_request_of(body: bytes, schema: type[ConvertNowRequest] = ConvertNowRequest) -> ConvertNowRequest:
    """Read a JSON document. The quick reader knows what all requests have; `schema` may have more."""
    if len(body) > MAX_USUAL_BODY_BYTES:
        _check_members(body)
        return read_strictly(body, schema)
    try:
        asked = _read_by_pydantic(body)
    except ValidationError as error:
        document = json_document(body)
        if _has_same_errors(document, error):
            raise invalid_fields(error, schema) from error
        return validated(schema, document)
    return read_strictly(body, schema) if asked is None else asked


def convert_request_in_query(request: web.Request) -> ConvertQuery:
    """Read the query's parameters, which are named like the body's fields."""
    return convert_request_of_parameters(query_parameters(request))


def convert_request_of_parameters(parameters: Mapping[str, str]) -> ConvertQuery:
    """Read parameters, which are named like the body's fields."""
    return validated(ConvertQuery, {name: _typed(name, text) for name, text in parameters.items()})


def read_quickly(body: bytes) -> ConvertNowRequest | None:
    """Read the body as the strict reader does, in half the time; or return None where the two might differ."""
    if len(body) > MAX_USUAL_BODY_BYTES:
        return None
    try:
        return _read_by_pydantic(body)
    except ValidationError:
        return None


def _read_by_pydantic(body: bytes) -> ConvertNowRequest | None:
    """Read the body with pydantic's own reader; None where it may have misread, as of the errors it may.

    It has two traps. It turns a number with a fraction or an exponent into a float, so such an amount is put in quotes
    first: an amount may be a string. And of repeated keys it takes the last: since each member has one colon, no key is
    repeated when the document has as many colons as fields were found.
    """
    if (number := _NOT_WHOLE.search(body)) is not None:
        start, end = number.span(1)
        body = b'%b"%b"%b' % (body[:start], number[1], body[end:])
    asked = _validate_json(body)
    return asked if body.count(b":") == len(asked.model_fields_set) else None


def _has_same_errors(document: object, error: ValidationError) -> bool:
    """Tell whether the strict reader, which has read this document, would find the same as pydantic's own has.

    Each reads some numbers in its own way, and only `ConvertRequest` has `at`. What the strict reader takes for JSON
    and pydantic does not begins with a byte order mark, or is nested deeply.
    """
    if not isinstance(document, dict) or "at" in document or len(document) > MOST_FIELDS:
        return False
    if any(isinstance(value, JsonNumber) for value in document.values()):
        return False
    return error.errors(include_url=False, include_context=False, include_input=False)[0]["type"] != "json_invalid"


def _check_members(body: bytes) -> None:
    """Reject a body that would take longer to read than a conversion takes; long whitespace does not."""
    if sum(map(body.count, (b":", b"[", b"{"))) > MOST_MEMBERS:
        fields = len(ConvertRequest.model_fields)
        raise invalid_input([FieldError("", f"the body has too many members: there are {fields} fields, none nested")])


def _typed(name: str, text: str) -> object:
    """Give a parameter the type that it would have in JSON; text that fits no type is left for validation to reject."""
    if name in _NULLABLE and text == "null":
        return None
    if name == "cache_max_seconds" and NUMBER.fullmatch(text):
        return int(text) if _INTEGER.fullmatch(text) else JsonNumber(text)
    if name == "include_route":
        return _BOOLEANS.get(text, text)
    if name == "amount":
        return text.replace(" ", "+")  # 1e+2, whose + means a space in a query unless it is encoded
    return text
