"""Reads a request's body into a model. Anything wrong with it raises `Problem`."""

import asyncio
import zlib
from typing import TypeVar

from aiohttp import web
from aiohttp.hdrs import CONTENT_ENCODING, CONTENT_TYPE
from pydantic import BaseModel

from entrypoints.http.server import strict_json
from entrypoints.http.server.common_problems import (
    MALFORMED_REQUEST,
    REQUEST_TIMEOUT,
    UNSUPPORTED_MEDIA_TYPE,
    body_too_large,
)
from entrypoints.http.server.problems import Problem, plain_problem
from entrypoints.http.server.validation import validated

MAX_BODY_BYTES = 64 * 1024
BODY_TIMEOUT_SECONDS = 10.0

JSON = "application/json"
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_UNCOMPRESSED = "identity"
_COMPRESSED = frozenset({"gzip", "x-gzip", "deflate"})

# Values of zlib's `wbits`: gzip; deflate with the zlib header that RFC 9110 requires; deflate without, as some send.
_GZIP, _ZLIB, _RAW = zlib.MAX_WBITS + 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
_ZLIB_METHOD = 8

Request = TypeVar("Request", bound=BaseModel)

# The bytes of the body that `request_in_body` has read.
BODY = web.RequestKey("body", bytes)


async def request_in_body(request: web.Request, schema: type[Request]) -> Request:
    """Read a JSON body."""
    body = request[BODY] = await json_body(request)
    return read_strictly(body, schema)


async def request_in_body_or_none(request: web.Request, schema: type[Request]) -> Request:
    """Read a JSON body that may be left out, for a schema without required fields."""
    if not request.body_exists:
        return validated(schema, {})
    return await request_in_body(request, schema)


def read_strictly(body: bytes, schema: type[Request]) -> Request:
    """Read a JSON document into a model."""
    return validated(schema, json_document(body))


def json_document(body: bytes) -> object:
    """Read a JSON document."""
    try:
        return strict_json.loads(body)
    except strict_json.MalformedJson as error:
        raise Problem(MALFORMED_REQUEST, f"The body is not a JSON document: {error}.") from error


async def json_body(request: web.Request, max_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Return the body's bytes, decompressed, once the headers say that it is JSON.

    `max_bytes` bounds the body as sent and after decompression.
    """
    if request.headers.get(CONTENT_TYPE) != JSON and not _is_json(request):
        raise plain_problem(UNSUPPORTED_MEDIA_TYPE)
    body = _arrived_body(request)
    if body is None:
        body = await _awaited_body(request, max_bytes)
    if len(body) > max_bytes:
        raise body_too_large(max_bytes)
    return body


def _is_json(request: web.Request) -> bool:
    return request.content_type == JSON and (request.charset or "utf-8").lower() in _CHARSETS


def _arrived_body(request: web.Request) -> bytes | None:
    """Return an uncompressed body that came along with its head, as most do: awaiting it would take longer."""
    content = request.content
    if CONTENT_ENCODING in request.headers or not content.is_eof() or content.exception() is not None:
        return None
    return content.read_nowait()


async def _awaited_body(request: web.Request, max_bytes: int) -> bytes:
    encoding = request.headers.get(CONTENT_ENCODING, "").lower() or _UNCOMPRESSED
    if encoding != _UNCOMPRESSED and encoding not in _COMPRESSED:
        raise plain_problem(UNSUPPORTED_MEDIA_TYPE)
    if (request.content_length or 0) > max_bytes:
        raise body_too_large(max_bytes)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            # The application's own bound is that of most bodies.
            body = await (request if max_bytes <= MAX_BODY_BYTES else request.clone(client_max_size=max_bytes)).read()
    except TimeoutError as error:
        raise plain_problem(REQUEST_TIMEOUT) from error
    except web.HTTPRequestEntityTooLarge as error:
        raise body_too_large(max_bytes) from error
    except web.RequestPayloadError as error:
        raise Problem(MALFORMED_REQUEST, "The body is not encoded as its headers say.") from error
    except ConnectionError as error:
        raise Problem(MALFORMED_REQUEST, "The connection closed before the whole body arrived.") from error
    return body if encoding == _UNCOMPRESSED else _decompressed(body, encoding, max_bytes)


def _decompressed(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Decompress as far as one byte over the limit: 64 KiB can hold 64 MiB of the same byte.

    aiohttp would decompress every body as it arrives, even those that no handler reads.
    """
    inflating = zlib.decompressobj(_GZIP if encoding != "deflate" else _ZLIB if _is_wrapped(body) else _RAW)
    try:
        document = inflating.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise Problem(MALFORMED_REQUEST, "The body is not compressed as its headers say.") from error
    if len(document) <= max_bytes and (not inflating.eof or inflating.unused_data):
        raise Problem(MALFORMED_REQUEST, "The compressed body is cut off, or more follows after its end.")
    return document


def _is_wrapped(deflated: bytes) -> bool:
    return deflated[:1] != b"" and deflated[0] & 0xF == _ZLIB_METHOD
