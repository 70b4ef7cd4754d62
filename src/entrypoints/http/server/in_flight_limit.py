"""How many requests of one kind a process handles at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.problems import Problem, retry_after

RETRY_AFTER_SECONDS = 1


class InFlightLimit:
    """`with limit:` around each request. Rejects excess requests immediately with a `Problem`; never queues them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._in_flight = 0

    def __enter__(self) -> None:
        self.check()
        self._in_flight += 1

    def __exit__(self, *_: object) -> None:
        self._in_flight -= 1

    @property
    def is_reached(self) -> bool:
        """Whether there are as many requests as there may be."""
        return self._in_flight >= self._most

    def check(self) -> None:
        """Reject one more request with a `Problem` if there are as many as there may be."""
        if self.is_reached:
            raise Problem(OVERLOADED, OVERLOADED.meaning, headers=retry_after(RETRY_AFTER_SECONDS))

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a request that was checked a moment ago, and whose answer may have begun."""
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1
