"""Garbage collections skip all objects from before the first request."""

import gc
from collections.abc import Iterator

import pytest

from entrypoints.garbage import freeze_startup_objects


@pytest.fixture
def unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.freeze()


@pytest.mark.usefixtures("unfrozen")
def test_existing_objects_are_frozen_and_later_ones_are_not() -> None:
    freeze_startup_objects()
    there = gc.get_freeze_count()
    come: list[list[object]] = [[] for _ in range(100)]
    assert there > 10_000
    assert gc.get_freeze_count() <= there
    assert any(each is come for each in gc.get_objects())
