"""Reads a request's body into a model. Anything wrong with it raises `Problem`."""

import asyncio
from typing import TypeVar

from aiohttp import web
from aiohttp.hdrs import CONTENT_ENCODING, CONTENT_TYPE
from aiohttp.http_exceptions import PayloadEncodingError
from pydantic import BaseModel

from entrypoints.http.server import strict_json
from entrypoints.http.server.common_problems import (
    BODY_TOO_LARGE,
    MALFORMED_REQUEST,
    REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
)
from entrypoints.http.server.problems import Problem, plain_problem
from entrypoints.http.server.validation import validated

MAX_BODY_BYTES = 64 * 1024
BODY_TIMEOUT_SECONDS = 10.0

JSON = "application/json"
_CONTENT_ENCODINGS = frozenset({"identity", "gzip", "deflate"})

Request = TypeVar("Request", bound=BaseModel)


async def request_in_body(request: web.Request, schema: type[Request]) -> Request:
    """Read a JSON body."""
    return read_strictly(await json_body(request), schema)


async def request_in_body_or_none(request: web.Request, schema: type[Request]) -> Request:
    """Read a JSON body that may be left out, for a schema without required fields."""
    if not request.body_exists:
        return validated(schema, {})
    return await request_in_body(request, schema)


def read_strictly(body: bytes, schema: type[Request]) -> Request:
    """Read a JSON document."""
    try:
        document = strict_json.loads(body)
    except strict_json.MalformedJson as error:
        raise Problem(MALFORMED_REQUEST, f"The body is not a JSON document: {error}.") from error
    return validated(schema, document)


async def json_body(request: web.Request) -> bytes:
    """Return the body's bytes, decompressed, once the headers say that it is JSON."""
    if request.headers.get(CONTENT_TYPE) != JSON and not _is_json(request):
        raise plain_problem(UNSUPPORTED_MEDIA_TYPE)
    body = _arrived_body(request)
    if body is None:
        body = await _awaited_body(request)
    if len(body) > MAX_BODY_BYTES:
        raise plain_problem(BODY_TOO_LARGE)
    return body


def _is_json(request: web.Request) -> bool:
    return request.content_type == JSON and (request.charset or "utf-8").lower() in {"utf-8", "utf8"}


def _arrived_body(request: web.Request) -> bytes | None:
    """Return an uncompressed body that came along with its head, as most do: awaiting it would take longer."""
    content = request.content
    if CONTENT_ENCODING in request.headers or not content.is_eof() or content.exception() is not None:
        return None
    return content.read_nowait()


async def _awaited_body(request: web.Request) -> bytes:
    if request.headers.get(CONTENT_ENCODING, "identity").lower() not in _CONTENT_ENCODINGS:
        raise plain_problem(UNSUPPORTED_MEDIA_TYPE)
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise plain_problem(BODY_TOO_LARGE)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            return await request.read()
    except TimeoutError as error:
        raise plain_problem(REQUEST_TIMEOUT) from error
    except web.HTTPRequestEntityTooLarge as error:
        raise plain_problem(BODY_TOO_LARGE) from error
    except (web.RequestPayloadError, PayloadEncodingError) as error:
        raise Problem(MALFORMED_REQUEST, "The body is not encoded as its headers say.") from error
    except ConnectionError as error:
        raise Problem(MALFORMED_REQUEST, "The connection closed before the whole body arrived.") from error
