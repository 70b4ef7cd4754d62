"""Rows as CSV (RFC 4180): as one body, or streamed, so that memory does not grow with their number."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

import structlog
from aiohttp import web

from application.concurrency.cooperative import begin_slice, slice_is_over, yield_to_event_loop
from domain.decimals import plain
from domain.errors import CrossrateError
from entrypoints.http.server.caching import VARY, is_known, not_changed, revalidated, tag_of, tagged
from entrypoints.http.server.long_answers import EXPORTING, READING_ROWS

CHUNK_CHARACTERS = 64 * 1024

_BYTE_ORDER_MARK = "\ufeff"
# Spreadsheets run a cell that begins with one of these, the wide forms included, as a formula.
_FORMULA_SIGNS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+")

# Text must be str, and numbers must not be: text is kept from being run as a formula, which would spoil a number.
Row = Sequence[str | int | Decimal | None]

log = structlog.get_logger()


async def csv_response(
    request: web.Request, name: str, header: Sequence[str], rows: Iterable[Row], *, bom: bool | None
) -> web.Response:
    """Answer with the header and the rows, or with 304. `name` is that of the file, without its ending."""
    text = _Text(header, bom=bom)
    async with request.app[EXPORTING]:
        begin_slice()
        for row in rows:
            if slice_is_over():
                await yield_to_event_loop()
            text.add(row)
        if slice_is_over():
            await yield_to_event_loop()
    return revalidated(request, text.taken(), csv_headers(name))


async def csv_stream(
    request: web.Request,
    name: str,
    header: Sequence[str],
    rows: AsyncIterator[Row],
    *,
    bom: bool | None,
    version: str | None,
) -> web.Response:
    """Answer likewise with rows from the database, piece by piece.

    `version` must differ whenever the rows do; None: clients keep nothing.

    The first chunk is complete before anything is sent, so that an early failure becomes a problem like any other. A
    later one closes the connection: half a document must not look whole.
    """
    tag = None if version is None else tag_of(f"{version} {header} {bom}".encode())
    if tag is not None and is_known(request, tag):
        return not_changed(tag)
    chunks = _chunks(request.app[READING_ROWS], header, rows, bom=bom)
    first = await anext(chunks)

    async def body() -> AsyncIterator[bytes]:
        yield first
        try:
            async for chunk in chunks:
                yield chunk
        except CrossrateError as error:
            log.warning("csv_aborted", reason=str(error))
            raise ConnectionAbortedError from error

    response = web.Response(body=body(), headers=csv_headers(name))
    return response if tag is None else tagged(response, tag)


async def in_turns(reading: asyncio.Lock, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces in chunks; this has its turn while they are made, and not while they are sent."""
    has_more = True
    while has_more:
        chunk = bytearray()
        async with reading:
            while has_more and len(chunk) < CHUNK_CHARACTERS:
                piece = await anext(pieces, None)
                has_more = piece is not None
                chunk += piece or b""
        yield bytes(chunk)


def csv_headers(name: str) -> Mapping[str, str]:
    """Return the headers of CSV that is saved under this name, in which signs that files cannot have become `-`."""
    file = f"{_NOT_IN_FILE_NAMES.sub('-', name)}.csv"
    written = f'filename="{file}"' if file.isascii() else f"filename*=UTF-8''{quote(file)}"
    return {
        "Content-Type": "text/csv; charset=utf-8; header=present",
        "Content-Disposition": f"attachment; {written}",
        "Vary": VARY,
    }


def csv_bytes(header: Sequence[str], rows: Iterable[Row], *, bom: bool | None) -> bytes:
    """Write the header and the rows."""
    text = _Text(header, bom=bom)
    for row in rows:
        text.add(row)
    return text.taken()


def iso_time(seconds: int | None) -> str | None:
    """Write Unix seconds as ISO 8601 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _chunks(
    reading: asyncio.Lock, header: Sequence[str], rows: AsyncIterator[Row], *, bom: bool | None
) -> AsyncIterator[bytes]:
    text = _Text(header, bom=bom)
    has_more = True
    while has_more:
        async with reading:
            has_more = await _fill(text, rows)
        yield text.taken()


async def _fill(text: "_Text", rows: AsyncIterator[Row]) -> bool:
    """Add rows until the text is long; return whether there may be more."""
    begin_slice()
    async for row in rows:
        text.add(row)
        if text.is_long:
            return True
        if slice_is_over():
            await yield_to_event_loop()
    return False


class _Text:
    def __init__(self, header: Sequence[str], *, bom: bool | None) -> None:
        self._text = io.StringIO(newline="")
        self._text.write(_BYTE_ORDER_MARK if bom else "")
        self._writer = csv.writer(self._text)
        self._writer.writerow(header)

    @property
    def is_long(self) -> bool:
        return self._text.tell() >= CHUNK_CHARACTERS

    def add(self, row: Row) -> None:
        self._writer.writerow([_cell(value) for value in row])

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text.encode()


def _cell(value: str | int | Decimal | None) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_SIGNS) else value
