"""A pytest plugin that spreads resilience tests, which mostly wait, among integration tests, which mostly work."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from tests.project import ROOT

WAITING = ROOT / "tests" / "resilience"
WORKING = ROOT / "tests" / "integration"

# So many working files per waiting one: the longest, of a minute or two, then begin in the first half of a run.
STEP = 6

File = list[pytest.Item]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    files = [list(file) for _, file in groupby(items, key=lambda item: item.path)]
    items[:] = (item for file in spread(files) for item in file)


def spread(files: list[File]) -> Iterator[File]:
    """Yield the files in their order, but those that wait after each so many of those that work."""
    waiting = [file for file in files if is_in(WAITING, file)]
    working = 0
    for file in files:
        if is_in(WAITING, file):
            continue
        yield file
        working += is_in(WORKING, file)
        if waiting and is_in(WORKING, file) and working % STEP == 0:
            yield waiting.pop(0)
    yield from waiting


def is_in(folder: Path, file: File) -> bool:
    return file[0].path.is_relative_to(folder)
