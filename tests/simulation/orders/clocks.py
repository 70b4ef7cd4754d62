"""The clocks of processes, each with an error of its own."""

from application.ports.clock import Clock
from tests.simulation.loop import Process, SimulatedLoop

# The story's time 0 in Unix seconds.
EPOCH = 1_795_600_000.0


class ProcessClock(Clock):
    """The time as one process believes it is."""

    def __init__(self, loop: SimulatedLoop, process: Process) -> None:
        self._loop = loop
        self._process = process

    def now(self) -> float:
        return EPOCH + self._loop.time() + self._process.offset
