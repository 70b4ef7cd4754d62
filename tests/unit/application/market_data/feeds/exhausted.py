"""What a generator returns once all its steps are taken."""

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")


def exhausted(steps: Generator[None, None, T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
