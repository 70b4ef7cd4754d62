"""A metric's children, each looked up once."""

from collections.abc import Callable
from typing import Generic, TypeVar

Labels = TypeVar("Labels", bound=tuple[object, ...])
Child = TypeVar("Child")


class Children(dict[Labels, Child], Generic[Labels, Child]):
    """What counts, by label values: `labels()` of the library takes longer than the counting itself."""

    def __init__(self, look_up: Callable[..., Child]) -> None:
        super().__init__()
        self._look_up = look_up

    def __missing__(self, labels: Labels) -> Child:
        found = self[labels] = self._look_up(*labels)
        return found
