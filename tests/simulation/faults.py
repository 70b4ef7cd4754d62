"""What goes wrong, and how often: another mixture with each seed."""

import random
from collections.abc import Callable
from enum import StrEnum

from tests.simulation.loop import Process


class Fault(StrEnum):
    """A kind of fault."""

    PROCESS_KILLED = "process killed"
    PROCESS_PAUSED = "process paused"
    CLOCK_MOVED = "clock moved"
    CALL_SLOW = "call slow"
    DATABASE_DOWN = "database down"
    CONNECTION_LOST = "connection to the database lost"
    COMMIT_UNKNOWN = "commit unknown"
    PLACEMENT_LOST = "placement lost"
    PLACEMENT_DELAYED = "placement delayed for minutes"
    CONNECTION_RESET = "connection to the venue reset"
    ANSWER_LOST = "answer of the venue lost"
    VENUE_BUSY = "venue busy"
    VENUE_ANSWERS_503 = "venue answers 503"
    VENUE_SLOW = "venue slow to match"
    VENUE_LAGS = "venue slow to show"
    VENUE_REFUSES = "venue refuses"
    BOOK_THIN = "book thin"
    BOOK_EMPTY = "book empty"
    PRICES_GONE = "prices gone"
    REQUEST_REPEATED = "request repeated"
    USER_ANSWER_LOST = "answer to the user lost"


_RATES = (0.0, 0.0, 0.02, 0.1, 0.35)

# What happens each second of the story, where another fault has a chance at each call.
_EACH_SECOND = {
    Fault.PROCESS_KILLED: 0.3,
    Fault.PROCESS_PAUSED: 0.15,
    Fault.CLOCK_MOVED: 0.15,
    Fault.DATABASE_DOWN: 0.1,
    Fault.CONNECTION_LOST: 0.2,
    Fault.COMMIT_UNKNOWN: 0.6,
}


class Faults:
    """The mixture of one seed. Some kinds never happen in it: many faults at once hide what a single one does."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._rates = {kind: chance.choice(_RATES) * _EACH_SECOND.get(kind, 1.0) for kind in Fault}
        self.is_over = False
        # Fate, which may kill or stop a process exactly where it waits for an answer.
        self.on_step: Callable[[Process], None] = _spare

    def hits(self, kind: Fault) -> bool:
        """Decide whether it happens now."""
        rate = self._rates[kind]
        return rate > 0 and not self.is_over and self._chance.random() < rate


def _spare(_: Process) -> None: ...
