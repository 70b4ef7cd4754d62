"""From request to `ConvertRequest`: what is refused, and with which problem."""

import asyncio
import re
from typing import TypeVar

from aiohttp import HttpVersion11, web
from aiohttp.hdrs import CONTENT_ENCODING, CONTENT_TYPE
from aiohttp.http_exceptions import PayloadEncodingError
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from entrypoints.http.rates.schemas import ConvertRequest
from entrypoints.http.server import strict_json
from entrypoints.http.server.problems import (
    BODY_TOO_LARGE,
    MALFORMED_REQUEST,
    REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
    FieldError,
    Problem,
    invalid_input,
)

MAX_BODY_BYTES = 64 * 1024
BODY_TIMEOUT_SECONDS = 10.0

# A field's name comes from the sender; more of it than this is not worth sending back.
LONGEST_FIELD = 64

JSON = "application/json"
_CONTENT_ENCODINGS = frozenset({"identity", "gzip", "deflate"})
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_FRACTION = re.compile(rb'"amount"\s*:\s*((?:0|[1-9][0-9]*)\.[0-9]+)(?=[\s,}])')
_BOOLEANS = {"true": True, "false": False}
_NULLABLE = frozenset({"exchange", "cache_max_seconds"})

Request = TypeVar("Request", bound=BaseModel)

# Pydantic's own sentences name its types; these name what to send.
_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of this request",
    "string_type": "must be a string",
    "string_too_short": "must have {min_length} characters or more",
    "string_too_long": "must have at most {max_length} characters",
    "list_type": "must be a list",
    "too_long": "must have at most {max_length} members",
    "int_type": "must be a whole number of seconds, or null",
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be {ge} or more",
    "bool_type": "must be true or false",
    "enum": "must be {expected}",
    "model_type": "the body must be a JSON object",
}


async def answer_expectation(request: web.Request) -> None:
    """Ask for the body where the sender waits for that, and pass over any other expectation, as RFC 9110 allows.

    aiohttp's own handler refuses those in plain text, before any middleware.
    """
    if request.headers["Expect"].lower() == "100-continue" and request.version == HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


async def convert_request_in_body(request: web.Request) -> ConvertRequest:
    """Read the JSON body. Raises `Problem`."""
    body = await _json_body(request)
    asked = _read_quickly(body)
    return asked if asked is not None else _read_strictly(body, ConvertRequest)


async def request_in_body(request: web.Request, schema: type[Request]) -> Request:
    """Read a JSON body of any schema. Raises `Problem`."""
    return _read_strictly(await _json_body(request), schema)


async def _json_body(request: web.Request) -> bytes:
    if request.headers.get(CONTENT_TYPE) != JSON and not _is_json(request):
        raise Problem(UNSUPPORTED_MEDIA_TYPE, UNSUPPORTED_MEDIA_TYPE.meaning)
    body = _arrived_body(request)
    if body is None:
        body = await _awaited_body(request)
    if len(body) > MAX_BODY_BYTES:
        raise Problem(BODY_TOO_LARGE, BODY_TOO_LARGE.meaning)
    return body


def _read_quickly(body: bytes) -> ConvertRequest | None:
    """Read the body as `_read_strictly` does, in half the time; or return None, and leave it to that.

    Pydantic's own reader has two traps. It takes a number with a fraction through a float: so an amount with one is put
    in quotes first, since it may as well be a string. And of equal keys it takes the last: a document has a colon for
    each member, so when there are no more colons in it than fields were found, no key was there twice.
    """
    if b"." in body and (fraction := _FRACTION.search(body)) is not None:
        start, end = fraction.span(1)
        body = b'%b"%b"%b' % (body[:start], fraction[1], body[end:])
    try:
        asked = ConvertRequest.model_validate_json(body)
    except ValidationError:
        return None
    return asked if body.count(b":") == len(asked.model_fields_set) else None


def _read_strictly(body: bytes, schema: type[Request]) -> Request:
    """Read the body, and tell exactly what is wrong with it. Raises `Problem`."""
    try:
        document = strict_json.loads(body)
    except strict_json.MalformedJson as error:
        raise Problem(MALFORMED_REQUEST, f"The body is not a JSON document: {error}.") from error
    return validated(schema, document)


async def request_in_body_or_none(request: web.Request, schema: type[Request]) -> Request:
    """Read a JSON body that may be left out, where every field may be. Raises `Problem`."""
    if not request.body_exists:
        return validated(schema, {})
    return await request_in_body(request, schema)


def _is_json(request: web.Request) -> bool:
    return request.content_type == JSON and (request.charset or "utf-8").lower() in {"utf-8", "utf8"}


def _arrived_body(request: web.Request) -> bytes | None:
    """Return the body if it came plain and with its head, as most do: to await it would take longer than to read it."""
    content = request.content
    if CONTENT_ENCODING in request.headers or not content.is_eof() or content.exception() is not None:
        return None
    return content.read_nowait()


async def _awaited_body(request: web.Request) -> bytes:
    if request.headers.get(CONTENT_ENCODING, "identity").lower() not in _CONTENT_ENCODINGS:
        raise Problem(UNSUPPORTED_MEDIA_TYPE, UNSUPPORTED_MEDIA_TYPE.meaning)
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise Problem(BODY_TOO_LARGE, BODY_TOO_LARGE.meaning)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            return await request.read()
    except TimeoutError as error:
        raise Problem(REQUEST_TIMEOUT, REQUEST_TIMEOUT.meaning) from error
    except web.HTTPRequestEntityTooLarge as error:
        raise Problem(BODY_TOO_LARGE, BODY_TOO_LARGE.meaning) from error
    except (web.RequestPayloadError, PayloadEncodingError) as error:
        raise Problem(MALFORMED_REQUEST, "The body is not encoded as its headers say.") from error
    except ConnectionError as error:
        raise Problem(MALFORMED_REQUEST, "The connection was closed before the body was whole.") from error


def convert_request_in_query(request: web.Request) -> ConvertRequest:
    """Read the query's parameters, named like the body's fields. Raises `Problem`."""
    return validated(ConvertRequest, {name: _typed(name, text) for name, text in _query(request).items()})


def request_in_query(request: web.Request, schema: type[Request]) -> Request:
    """Read the query's parameters for a schema that takes them as the texts that they are. Raises `Problem`."""
    return validated(schema, _query(request))


def _query(request: web.Request) -> dict[str, str]:
    query = request.query
    repeated = [
        FieldError(name, "is given more than once") for name in dict.fromkeys(query) if len(query.getall(name)) > 1
    ]
    if repeated:
        raise invalid_input(repeated)
    return dict(query)


def validated(schema: type[Request], document: object) -> Request:
    """Check a document against the schema. Raises `Problem` with every field at fault."""
    try:
        return schema.model_validate(document)
    except ValidationError as error:
        raise invalid_input([_field_error(each) for each in error.errors(include_url=False)]) from error


def _typed(name: str, text: str) -> object:
    """Give a query's text the type that JSON would have given it; what has none stays text and is refused later."""
    if name in _NULLABLE and text == "null":
        return None
    if name == "cache_max_seconds" and _INTEGER.fullmatch(text):
        return int(text)
    if name == "include_route":
        return _BOOLEANS.get(text, text)
    return text


def _field_error(error: ErrorDetails) -> FieldError:
    field = str(error["loc"][0])[:LONGEST_FIELD] if error["loc"] else ""
    message = _MESSAGES.get(error["type"], error["msg"])
    return FieldError(field, message.format(**error.get("ctx", {})) if error["type"] in _MESSAGES else message)
