"""Long JSON lists in which a bad row is left out and the others are kept."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

Document = TypeVar("Document")
Row = TypeVar("Row")


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
        """Return the document and its good rows. Raises `msgspec.DecodeError` when it is not such a document."""
        try:
            document = self._whole.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            document = self._apart.decode(body)
            return document, self._good(self._rows_in(document))
        return document, self._rows_in(document)

    def _good(self, raw_rows: list[msgspec.Raw]) -> list[Row]:
        rows = []
        for raw in raw_rows:
            try:
                rows.append(self._row.decode(raw))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
        return rows


def _of(document: Any, row: type) -> Any:  # noqa: ANN401 -- a type made at run time has no static one
    return document[row]
