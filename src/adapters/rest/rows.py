"""Long JSON lists in which a bad row is left out and the others are kept."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import msgspec
import structlog

from application.concurrency.cooperative import yield_to_event_loop

# Half of a \uD83D\uDE00 pair, which msgspec takes for the end of the whole document.
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE_SURROGATE = re.compile(rb"%(high)s(?!%(low)s)|(?<!%(high)s)%(low)s" % {b"high": _HIGH, b"low": _LOW})

# In a shorter list than this a few bad rows are many; no exchange lists so little.
FEWEST_ROWS_JUDGED = 100

# Where a larger share of the rows cannot be read, their form has changed, or something on the way breaks them.
MOST_BAD = 0.05

# About a third of a millisecond's work at most.
SLICE_BYTES = 128 * 1024

# How the rows of both exchanges begin.
_ROW = b'{"symbol":"'
_BETWEEN_ROWS = b"}," + _ROW
_CUT_OFF = b'"cut off here"'

log = structlog.get_logger()

Document = TypeVar("Document")
Row = TypeVar("Row")


def decode_leniently(decoder: msgspec.json.Decoder[Document], body: bytes) -> Document:
    """Decode a body, without its halves of surrogate pairs if it must be. Raises `msgspec.DecodeError`."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError:
        return decoder.decode(_LONE_SURROGATE.sub(b"?", body))


class RowsDecoder(Generic[Document, Row]):
    """Reads a document that holds a list of rows.

    `document` is a generic type over its row, such as `list` or a generic Struct, and `rows_in` picks the list out
    of it. A body is read slice by slice, so that others have their turn in between: a whole one of some megabytes would
    keep the event loop for longer than an answer takes. Rows are read one by one only in a slice with a bad one.
    """

    def __init__(self, document: type, row: type[Row], rows_in: Callable[[Document], list[Any]]) -> None:
        self._whole: msgspec.json.Decoder[Document] = msgspec.json.Decoder(_of(document, row))
        self._apart: msgspec.json.Decoder[Document] = msgspec.json.Decoder(_of(document, msgspec.Raw))
        self._rows: msgspec.json.Decoder[list[Row]] = msgspec.json.Decoder(_of(list, row))
        self._rows_apart: msgspec.json.Decoder[Iterable[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])
        self._row: msgspec.json.Decoder[Row] = msgspec.json.Decoder(row)
        self._rows_in = rows_in

    async def decode(self, body: bytes) -> tuple[Document, list[Row]]:
        """Return the document, of whose list no more than a part may be left in it, and all its good rows.

        Raises `msgspec.DecodeError` when it is not such a document, or when so many of its rows are bad that its form
        must have changed: a listing that lost a part of its pairs would say "not listed" with confidence.
        """
        slices, frame = _cut(body)
        try:
            document, found = await self._in_slices(slices, frame) if slices else self._in_one(body)
        except msgspec.DecodeError:
            if not slices:
                raise
            document, found = self._in_one(body)  # it has no rows where the cuts were
        good = [row for row in found if row is not None]
        self._judge(len(found) - len(good), len(good))
        await yield_to_event_loop()  # what is made of them takes as long again
        return document, good

    async def _in_slices(self, slices: list[bytes], frame: bytes) -> tuple[Document, list[Row | None]]:
        document = decode_leniently(self._apart, frame)
        rows = self._rows_in(document)
        if not rows or bytes(rows[0]) != _CUT_OFF or frame.count(_CUT_OFF) > 1:
            raise msgspec.ValidationError("the list that was cut is another one")
        found: list[Row | None] = []
        for part in slices:
            found += self._rows_of(part)
            await yield_to_event_loop()
        found += map(self._row_of, rows[1:])
        return document, found

    def _in_one(self, body: bytes) -> tuple[Document, list[Row | None]]:
        try:
            document = self._whole.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            document = decode_leniently(self._apart, body)
            return document, [self._row_of(row) for row in self._rows_in(document)]
        return document, self._rows_in(document)

    def _rows_of(self, part: bytes) -> Iterable[Row | None]:
        try:
            return self._rows.decode(part)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return map(self._row_of, decode_leniently(self._rows_apart, part))

    def _row_of(self, raw: msgspec.Raw) -> Row | None:
        try:
            return self._row.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _judge(self, bad: int, good: int) -> None:
        if not bad:
            return
        log.warning("bad_rows_left_out", rows=self._row.type.__qualname__, bad=bad, good=good)
        if bad > MOST_BAD * (bad + good) and bad + good >= FEWEST_ROWS_JUDGED:
            raise msgspec.ValidationError(f"{bad} of {bad + good} rows are bad")


def _cut(body: bytes) -> tuple[list[bytes], bytes]:
    """Cut all rows but the last off a long document: return lists of them, and what is left, a mark in their place.

    What stands between two rows cannot stand inside a string, where a quote would be escaped. A cut that is not between
    two rows of one list leaves brackets open, and then a slice cannot be read.
    """
    start, last = body.find(_ROW), body.rfind(_BETWEEN_ROWS)
    if len(body) <= SLICE_BYTES or last < start or body[start - 1 : start] != b"[":
        return [], body
    slices, frame = [], body[:start] + _CUT_OFF + body[last + 1 :]
    while start < last:
        end = body.find(_BETWEEN_ROWS, start + SLICE_BYTES, last)
        end = last if end < 0 else end
        slices.append(b"[" + body[start : end + 1] + b"]")
        start = end + 2
    return slices, frame


def _of(document: Any, row: type) -> Any:  # noqa: ANN401 -- a type made at run time has no static one
    return document[row]
