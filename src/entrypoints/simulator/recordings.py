"""Recordings of the real exchanges, as files."""

import gzip
import zlib
from pathlib import Path

LARGEST_DOCUMENT_BYTES = 64 * 1024 * 1024


class UnusableRecording(Exception):
    """A recording is missing, incomplete or unreadable; the message says which."""


def read_bounded(path: Path) -> bytes:
    """Read a file, decompressed if it is called .gz. Raises `UnusableRecording`, also when it is too large."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            document = file.read(LARGEST_DOCUMENT_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableRecording(f"{path} cannot be read: {error}") from error
    if len(document) > LARGEST_DOCUMENT_BYTES:
        raise UnusableRecording(f"{path} is over {LARGEST_DOCUMENT_BYTES} bytes")
    return document
