"""Decodes long JSON documents of rows in slices; a bad row is left out and the others are kept."""

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Generator, Iterator, Sized
from functools import reduce
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
import structlog

# Half of a surrogate pair such as \uD83D\uDE00, for which msgspec rejects the whole document.
_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE_SURROGATE = re.compile(rb"%(high)s(?!%(low)s)|(?<!%(high)s)%(low)s" % {b"high": _HIGH, b"low": _LOW})

# In a list shorter than this, a few bad rows are a large share; no exchange lists so few pairs.
MIN_ROWS_JUDGED = 100

# If a larger share of the rows is bad, their format has changed, or something corrupts the document.
MAX_BAD_SHARE = 0.05

# At most about a third of a millisecond's work.
SLICE_BYTES = 128 * 1024

# Bounds the search for the end of a row, which would take long if rows begin in different ways.
MAX_ROW_BYTES = 64 * 1024

# Bounds the search for the last row, from the end.
LAST_ROW_BYTES = 16 * 1024

# Replaces the rows that were cut out of the document.
MARK = "cut off here"
_QUOTED_MARK = b'"cut off here"'

_KEY = rb'"[^"\\]*"\s*:\s*'

_NO_UTF8 = "\N{REPLACEMENT CHARACTER}"  # in place of invalid bytes in a key

log = structlog.get_logger()

Document = TypeVar("Document")
Row = TypeVar("Row")
Rows = TypeVar("Rows", bound=Sized)


def decode_leniently(decoder: msgspec.json.Decoder[Document], body: bytes) -> Document:
    """Decode a body; if that fails, once more with lone surrogates replaced. Raises `msgspec.DecodeError`."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError:
        return decoder.decode(_LONE_SURROGATE.sub(b"?", body))


class _RowsDecoder(ABC, Generic[Document, Row, Rows]):
    """Decodes a document with rows at `path`, the names of nested fields.

    `document` is a Struct that is generic over the container of the rows, or None if that is the whole document.
    """

    BRACKETS: ClassVar[tuple[bytes, bytes]]
    KEY: ClassVar[bytes]  # matches what precedes each row
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
        """Return the document, which may contain only some of its rows, and all its good rows.

        Yields after each slice, so that the caller can yield to the event loop. Raises `msgspec.DecodeError` if it is
        not such a document, or if so many rows are bad that its format must have changed: a listing without a part of
        its pairs would confidently say "not listed".
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
            raise msgspec.ValidationError("the document itself contains the mark")
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

    def _rows_of(self, part: bytes) -> Any:  # noqa: ANN401 -- the subclass defines the container
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
        if bad > MAX_BAD_SHARE * (bad + good) and bad + good >= MIN_ROWS_JUDGED:
            raise msgspec.ValidationError(f"{bad} of {bad + good} rows are bad")

    def _cut(self, body: bytes) -> tuple[list[bytes], bytes]:
        """Cut most rows out of a long document: return slices of them, and the rest with a mark in their place.

        The separator of two rows cannot occur inside a string, where its quotes would be escaped. A cut that is not
        between two rows leaves brackets open, so its slice cannot be decoded. If the rows that were cut out are not
        those at `path`, the mark is not found there.
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
        """Return the position of the first row, and a pattern of the separator: all rows begin with the same field."""
        name = rb'"%s"\s*:\s*' % re.escape(self._path[-1].encode()) if self._path else b""
        opening = rb"%s%s\s*(?P<row>%s\{\s*(?P<field>%s))" % (name, re.escape(self.BRACKETS[0]), self.KEY, _KEY)
        first = re.search(opening, body[:MAX_ROW_BYTES])
        if first is None:
            return 0, None
        field = re.escape(first["field"].rstrip(b": \t\r\n"))
        return first.start("row"), re.compile(rb"\}(?P<between>\s*,\s*)%s\{\s*%s\s*:" % (self.KEY, field))

    @staticmethod
    @abstractmethod
    def _holding(row: Any) -> Any:  # noqa: ANN401 -- types created at run time
        """Return the type of a container of rows of this type."""

    @abstractmethod
    def _add(self, found: Any, more: Any) -> None:  # noqa: ANN401
        """Add rows to those already found."""

    @abstractmethod
    def _each(self, raws: Any) -> Any:  # noqa: ANN401
        """Decode each row by itself, None for a bad one."""

    @abstractmethod
    def _good(self, found: Any) -> Rows:  # noqa: ANN401
        """Return the rows that are not None."""

    @abstractmethod
    def _after_mark(self, raws: Any) -> Any:  # noqa: ANN401
        """Return the rows after the mark. Raises `msgspec.DecodeError` if they do not begin with it."""


class RowsDecoder(_RowsDecoder[Document, Row, list[Row]]):
    """Decodes rows in a list: `[{...}, ...]`."""

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
    """Decodes rows in an object, by key: `{"XXBTZUSD": {...}, ...}`."""

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
    except UnicodeDecodeError:  # in a key; errors inside a row show when the row is decoded
        return decode_leniently(decoder, body.decode(errors="replace").encode())


def _cuts(body: bytes, at: int, between: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Yield a separator of two rows after each slice, and the last one in the document."""
    while cut := between.search(body, at + SLICE_BYTES, at + SLICE_BYTES + MAX_ROW_BYTES):
        at = cut.end("between")
        yield cut
    yield from deque(between.finditer(body, max(at, len(body) - LAST_ROW_BYTES)), 1)


def _decoder(document: Any, rows: Any) -> msgspec.json.Decoder[Any]:  # noqa: ANN401 -- types created at run time
    return msgspec.json.Decoder(rows if document is None else document[rows])
