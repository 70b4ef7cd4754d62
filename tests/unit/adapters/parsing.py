"""What tests of pure parsing share: the recorded payloads, and reading in one go."""

import gzip
from collections.abc import Generator
from typing import TypeVar

import pytest

from tests.servers.recordings import FOLDER_VARIABLE, recorded_data

T = TypeVar("T")


def parsed(steps: Generator[None, None, T]) -> T:
    """Take all steps at once."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result


def recorded(name: str) -> bytes:
    """Return a recorded payload, unpacked; skip the test where there are none."""
    folder = recorded_data()
    if folder is None:
        pytest.skip(f"needs recorded payloads of the exchanges: {FOLDER_VARIABLE} names no folder")
    body = (folder / name).read_bytes()
    return gzip.decompress(body) if name.endswith(".gz") else body
