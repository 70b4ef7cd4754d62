"""Rows as CSV (RFC 4180), streamed, so that memory does not grow with their number."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

import structlog
from aiohttp import web

from domain.errors import CrossrateError
from entrypoints.http.server.caching import VARY

CHUNK_CHARACTERS = 64 * 1024

Row = Sequence[object]

log = structlog.get_logger()


def wants_csv(request: web.Request) -> bool:
    """Tell whether the client asks for CSV by name. `*/*` gets JSON."""
    accepted = request.headers.get("Accept", "").lower().split(",")
    return any(each.partition(";")[0].strip() == "text/csv" for each in accepted)


async def csv_response(header: Row, rows: AsyncIterator[Row]) -> web.Response:
    """Answer with the header and the rows.

    The first chunk is complete before anything is sent, so that an early failure becomes a problem like any other. A
    later one closes the connection: half a document must not look whole.
    """
    chunks = _chunks(header, rows)
    first = await anext(chunks)

    async def body() -> AsyncIterator[bytes]:
        yield first
        try:
            async for chunk in chunks:
                yield chunk
        except CrossrateError as error:
            log.warning("csv_aborted", reason=str(error))
            raise ConnectionAbortedError from error

    return web.Response(body=body(), headers={"Content-Type": "text/csv; charset=utf-8; header=present", "Vary": VARY})


async def _chunks(header: Row, rows: AsyncIterator[Row]) -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    async for row in rows:
        writer.writerow(row)
        if text.tell() >= CHUNK_CHARACTERS:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
