"""When a question arrived, which decides how fresh its answer must be."""

from typing import NamedTuple

from application.ports.clock import Clock


class Arrival(NamedTuple):
    """The moment in Unix seconds, and the generation: how many fetches this process had seen begin by then."""

    at: float
    generation: int


class Generations:
    """Counts the fetches of every exchange that this process has seen begin.

    "Fetched after the question arrived" is counted and not timed: a clock that is set back would make an old value
    look new.
    """

    def __init__(self, clock: Clock) -> None:
        self.current = 0
        self._clock = clock

    def arrival(self) -> Arrival:
        """Return the arrival of a question that comes now; the questions of a batch may share one."""
        return Arrival(self._clock.now(), self.current)

    def next(self) -> int:
        """Return the generation of a fetch that begins now."""
        self.current += 1
        return self.current
