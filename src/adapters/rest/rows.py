"""Long JSON lists in which a bad row is left out and the others are kept."""

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec
import structlog

# Half of a \uD83D\uDE00 pair, which msgspec takes for the end of the whole document.
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE_SURROGATE = re.compile(rb"%(high)s(?!%(low)s)|(?<!%(high)s)%(low)s" % {b"high": _HIGH, b"low": _LOW})

# In a shorter list than this a few bad rows are many; no exchange lists so little.
FEWEST_ROWS_JUDGED = 100

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
    of it. A good document is read in one go; only one with a bad row is read a second time, row by row.
    """

    def __init__(self, document: type, row: type[Row], rows_in: Callable[[Document], list[Any]]) -> None:
        self._whole: msgspec.json.Decoder[Document] = msgspec.json.Decoder(_of(document, row))
        self._apart: msgspec.json.Decoder[Document] = msgspec.json.Decoder(_of(document, msgspec.Raw))
        self._row: msgspec.json.Decoder[Row] = msgspec.json.Decoder(row)
        self._rows_in = rows_in

    def decode(self, body: bytes) -> tuple[Document, list[Row]]:
        """Return the document and its good rows.

        Raises `msgspec.DecodeError` when it is not such a document, or when so many of its rows are bad that its form
        must have changed: a listing that lost most of its pairs would say "not listed" with confidence.
        """
        try:
            document = self._whole.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            document = decode_leniently(self._apart, body)
            return document, self._good(self._rows_in(document))
        return document, self._rows_in(document)

    def _good(self, raw_rows: list[msgspec.Raw]) -> list[Row]:
        rows = []
        for raw in raw_rows:
            try:
                rows.append(self._row.decode(raw))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
        bad = len(raw_rows) - len(rows)
        log.warning("bad_rows_left_out", rows=self._row.type.__qualname__, bad=bad, good=len(rows))
        if bad > len(rows) and len(raw_rows) >= FEWEST_ROWS_JUDGED:
            raise msgspec.ValidationError(f"{bad} of {len(raw_rows)} rows are bad")
        return rows


def _of(document: Any, row: type) -> Any:  # noqa: ANN401 -- a type made at run time has no static one
    return document[row]
