"""Long JSON documents of rows, read slice by slice; a bad row is left out and the others are kept."""

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Generator, Iterator, Sized
from functools import reduce
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
import structlog

# Half of a \uD83D\uDE00 pair, which msgspec takes for the end of the whole document.
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE_SURROGATE = re.compile(rb"%(high)s(?!%(low)s)|(?<!%(high)s)%(low)s" % {b"high": _HIGH, b"low": _LOW})

# In a shorter list than this a few bad rows are many; no exchange lists so little.
FEWEST_ROWS_JUDGED = 100

# Where a larger share of the rows cannot be read, their form has changed, or something on the way breaks them.
MOST_BAD = 0.05

# About a third of a millisecond's work at most.
SLICE_BYTES = 128 * 1024

# The end of a row is looked for no further: where rows begin in different ways, the search would take long.
LONGEST_ROW_BYTES = 64 * 1024

# The last row is looked for no further from the end.
LAST_BYTES = 16 * 1024

# Stands in the document for the rows that were cut out of it.
MARK = "cut off here"
_QUOTED_MARK = b'"cut off here"'

_KEY = rb'"[^"\\]*"\s*:\s*'

_NO_UTF8 = "\N{REPLACEMENT CHARACTER}"  # where a key had bytes that are none

log = structlog.get_logger()

Document = TypeVar("Document")
Row = TypeVar("Row")
Rows = TypeVar("Rows", bound=Sized)


def decode_leniently(decoder: msgspec.json.Decoder[Document], body: bytes) -> Document:
    """Decode a body, without its halves of surrogate pairs if it must be. Raises `msgspec.DecodeError`."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError:
        return decoder.decode(_LONE_SURROGATE.sub(b"?", body))


class _RowsDecoder(ABC, Generic[Document, Row, Rows]):
    """Reads a document that holds rows at `path`, the names of nested fields.

    `document` is a Struct that is generic over what holds the rows, or None where that is the whole document.
    """

    BRACKETS: ClassVar[tuple[bytes, bytes]]
    KEY: ClassVar[bytes]  # matches what stands before each row
    MARK: ClassVar[bytes]

    def __init__(self, document: type | None, row: type[Row], path: tuple[str, ...] = ()) -> None:
        rows, raw_rows = self._holding(row), self._holding(msgspec.Raw)
        self._document: msgspec.json.Decoder[Document] = _decoder(document, rows)
        self._raw_document: msgspec.json.Decoder[Document] = _decoder(document, raw_rows)
        self._rows: msgspec.json.Decoder[Any] = _decoder(None, rows)
        self._raw_rows: msgspec.json.Decoder[Any] = _decoder(None, raw_rows)
        self._row: msgspec.json.Decoder[Row] = msgspec.json.Decoder(row)
        self._path = path

    def in_steps(self, body: bytes) -> Generator[None, None, tuple[Document, Rows]]:
        """Return the document, in which only a part of its rows may be left, and all its good rows.

        Yields after each slice, so that others can go first. Raises `msgspec.DecodeError` when it is not such a
        document, or when so many of its rows are bad that its form must have changed: a listing that lost a part of
        its pairs would say "not listed" with confidence.
        """
        slices, frame = self._cut(body)
        try:
            document, found = (yield from self._in_slices(slices, frame)) if slices else self._in_one(body)
        except msgspec.DecodeError:
            if not slices:
                raise
            document, found = self._in_one(body)  # the cuts were not between its rows
        good = self._good(found)
        self._judge(len(found) - len(good), len(good))
        yield
        return document, good

    def _in_slices(self, slices: list[bytes], frame: bytes) -> Generator[None, None, tuple[Document, Any]]:
        document = _decode_raw(self._raw_document, frame)
        rest = self._after_mark(self._rows_in(document))
        if frame.count(_QUOTED_MARK) > 1:
            raise msgspec.ValidationError("the mark stands in the document itself")
        found = self._rows_of(slices[0])
        for part in slices[1:]:
            yield
            self._add(found, self._rows_of(part))
        self._add(found, self._each(rest))
        return document, found

    def _in_one(self, body: bytes) -> tuple[Document, Any]:
        try:
            document = self._document.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            document = _decode_raw(self._raw_document, body)
            return document, self._each(self._rows_in(document))
        return document, self._rows_in(document)

    def _rows_of(self, part: bytes) -> Any:  # noqa: ANN401 -- what holds the rows is the subclass's matter
        try:
            return self._rows.decode(part)
        except (msgspec.DecodeError, UnicodeDecodeError):  # one of them is bad
            return self._each(_decode_raw(self._raw_rows, part))

    def _row_of(self, raw: msgspec.Raw) -> Row | None:
        try:
            return self._row.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _rows_in(self, document: Document) -> Any:  # noqa: ANN401 -- as above
        return reduce(getattr, self._path, document)

    def _judge(self, bad: int, good: int) -> None:
        if not bad:
            return
        log.warning("bad_rows_left_out", rows=self._row.type.__qualname__, bad=bad, good=good)
        if bad > MOST_BAD * (bad + good) and bad + good >= FEWEST_ROWS_JUDGED:
            raise msgspec.ValidationError(f"{bad} of {bad + good} rows are bad")

    def _cut(self, body: bytes) -> tuple[list[bytes], bytes]:
        """Cut most rows off a long document: return slices of them, and what is left, a mark in their place.

        What stands between two rows cannot stand inside a string, where a quote would be escaped. A cut that is not
        between two rows leaves brackets open, so that its slice cannot be read. And where the rows that were cut off
        are not those at `path`, the mark is not found there.
        """
        start, between = self._first_row(body) if len(body) > SLICE_BYTES else (0, None)
        if between is None:
            return [], body
        (opening, closing), slices, at = self.BRACKETS, [], start
        for cut in _cuts(body, start, between):
            slices.append(opening + body[at : cut.start() + 1] + closing)
            at = cut.end("between")
        return slices, body[:start] + self.MARK + b"," + body[at:]

    def _first_row(self, body: bytes) -> tuple[int, re.Pattern[bytes] | None]:
        """Return where the first row starts, and what matches between two rows: all begin with the same field."""
        name = rb'"%s"\s*:\s*' % re.escape(self._path[-1].encode()) if self._path else b""
        opening = rb"%s%s\s*(?P<row>%s\{\s*(?P<field>%s))" % (name, re.escape(self.BRACKETS[0]), self.KEY, _KEY)
        first = re.search(opening, body[:LONGEST_ROW_BYTES])
        if first is None:
            return 0, None
        field = re.escape(first["field"].rstrip(b": \t\r\n"))
        return first.start("row"), re.compile(rb"\}(?P<between>\s*,\s*)%s\{\s*%s\s*:" % (self.KEY, field))

    @staticmethod
    @abstractmethod
    def _holding(row: Any) -> Any:  # noqa: ANN401 -- types that are made at run time
        """Return the type of what holds rows of this type."""

    @abstractmethod
    def _add(self, found: Any, more: Any) -> None:  # noqa: ANN401
        """Append rows to those that were found before."""

    @abstractmethod
    def _each(self, raws: Any) -> Any:  # noqa: ANN401
        """Read each row by itself, None for a bad one."""

    @abstractmethod
    def _good(self, found: Any) -> Rows:  # noqa: ANN401
        """Return the rows that are not None."""

    @abstractmethod
    def _after_mark(self, raws: Any) -> Any:  # noqa: ANN401
        """Return the rows behind the mark. Raises `msgspec.DecodeError` when they do not begin with it."""


class RowsDecoder(_RowsDecoder[Document, Row, list[Row]]):
    """Reads rows in a list: `[{...}, ...]`."""

    BRACKETS = b"[", b"]"
    KEY = b""
    MARK = _QUOTED_MARK

    @staticmethod
    def _holding(row: Any) -> Any:  # noqa: ANN401
        return list[row]

    def _add(self, found: list[Row | None], more: list[Row | None]) -> None:
        found += more

    def _each(self, raws: list[msgspec.Raw]) -> list[Row | None]:
        return [self._row_of(raw) for raw in raws]

    def _good(self, found: list[Row | None]) -> list[Row]:
        return [row for row in found if row is not None]

    def _after_mark(self, raws: list[msgspec.Raw]) -> list[msgspec.Raw]:
        if not raws or bytes(raws[0]) != self.MARK:
            raise msgspec.ValidationError("another list was cut")
        return raws[1:]


class KeyedRowsDecoder(_RowsDecoder[Document, Row, dict[str, Row]]):
    """Reads rows in an object, by their keys: `{"XXBTZUSD": {...}, ...}`."""

    BRACKETS = b"{", b"}"
    KEY = _KEY
    MARK = _QUOTED_MARK + b":0"

    @staticmethod
    def _holding(row: Any) -> Any:  # noqa: ANN401
        return dict[str, row]

    def _add(self, found: dict[str, Row | None], more: dict[str, Row | None]) -> None:
        found |= more

    def _each(self, raws: dict[str, msgspec.Raw]) -> dict[str, Row | None]:
        return {key: self._row_of(raw) for key, raw in raws.items()}

    def _good(self, found: dict[str, Row | None]) -> dict[str, Row]:
        return {key: row for key, row in found.items() if row is not None and _NO_UTF8 not in key}

    def _after_mark(self, raws: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
        if next(iter(raws), None) != MARK or bytes(raws[MARK]) != b"0":
            raise msgspec.ValidationError("another object was cut")
        del raws[MARK]
        return raws


def _decode_raw(decoder: msgspec.json.Decoder[Document], body: bytes) -> Document:
    try:
        return decode_leniently(decoder, body)
    except UnicodeDecodeError:  # in a key: what is bad inside a row is met when that is read
        return decode_leniently(decoder, body.decode(errors="replace").encode())


def _cuts(body: bytes, at: int, between: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Find a place between two rows after each slice, and the last one of all."""
    while cut := between.search(body, at + SLICE_BYTES, at + SLICE_BYTES + LONGEST_ROW_BYTES):
        at = cut.end("between")
        yield cut
    yield from deque(between.finditer(body, max(at, len(body) - LAST_BYTES)), 1)


def _decoder(document: Any, rows: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 -- types that are made at run time
    return msgspec.json.Decoder(rows if document is None else document[rows])
