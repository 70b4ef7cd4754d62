"""When a request for prices arrived, which decides how fresh they must be."""

from typing import NamedTuple

from application.ports.clock import Clock


class Arrival(NamedTuple):
    """`at` is in Unix seconds; `generation` is the number of fetches that this process had seen begin by then."""

    at: float
    generation: int


class Generations:
    """Counts the fetches, from any exchange, that this process has seen begin.

    "Fetched after the request arrived" is decided by counting, not by time: a clock that is set back would make an old
    value look new.
    """

    def __init__(self, clock: Clock) -> None:
        self.current = 0
        self._clock = clock

    def arrival(self) -> Arrival:
        """Return the arrival of a request that arrives now; the requests of a batch may share one."""
        return Arrival(self._clock.now(), self.current)

    def next(self) -> int:
        """Return the generation of a fetch that begins now."""
        self.current += 1
        return self.current
