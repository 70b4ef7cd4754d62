"""Limits the chunks of a body, so that many small ones cannot take long to parse.

aiohttp takes as long for a chunk of one byte as for one of thousands, and parses all that have arrived before anything
else happens: 4,000 of them take as long as 40 conversions. Its parser tells a body's reader when a chunk begins, and
stops where the reader raises an error. So the chunks that count are exactly those that aiohttp sees, however they are
written and in whatever pieces they arrive, and bodies of a known length cost nothing.
"""

import asyncio
from typing import Protocol

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import BadHttpMessage

# How many chunks a body may come in: some of any size, and one for each 64 bytes that are sent.
FREE_CHUNKS, BYTES_PER_CHUNK = 64, 64

# The bytes of a chunk have a digit and two ends of lines around them.
LEAST_FRAMING_BYTES = 5

MESSAGE = "too many small chunks"


class TooManyChunks(BadHttpMessage):
    """A body comes in too many small pieces."""


class CountingConnection(Protocol):
    """A connection that keeps the number of chunks of the body that is being parsed."""

    chunks: int


_begin_chunk = StreamReader.begin_http_chunk_receiving


def limit_chunks(connections: type[CountingConnection]) -> None:
    """Have the parser refuse bodies of too many small chunks on these connections.

    It replaces a method, since nothing lets a connection choose the reader of its bodies. Raises `RuntimeError` if
    aiohttp has changed: bodies from exchanges have readers of the same class.
    """
    if missing := {"_protocol", "_http_chunk_splits"}.difference(StreamReader.__slots__):
        raise RuntimeError(f"aiohttp's StreamReader has no {', '.join(missing)} any more: chunks cannot be counted")

    def begin_chunk(body: StreamReader) -> None:
        connection = body._protocol  # noqa: SLF001 -- see above
        if isinstance(connection, connections):  # and not to an exchange
            is_first = body._http_chunk_splits is None  # noqa: SLF001 -- see above
            connection.chunks = 1 if is_first else connection.chunks + 1
            if connection.chunks > FREE_CHUNKS:
                _refuse_too_many(connection.chunks, body)
        _begin_chunk(body)

    StreamReader.begin_http_chunk_receiving = begin_chunk  # type: ignore[method-assign, assignment]  # see above


def _refuse_too_many(chunks: int, body: StreamReader) -> None:
    sent = body.total_bytes + chunks * LEAST_FRAMING_BYTES
    if chunks > FREE_CHUNKS + sent // BYTES_PER_CHUNK:
        _fail(body)
        raise TooManyChunks(MESSAGE)


def _fail(body: StreamReader) -> None:
    """Tell whoever waits for the rest of the body.

    Twice, since a reader that the end of the previous chunk has woken waits again without a look.
    """
    error = web.RequestPayloadError(MESSAGE)
    body.set_exception(error)
    asyncio.get_running_loop().call_soon(body.set_exception, error)
