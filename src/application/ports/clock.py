"""The port to the clock."""

from typing import Protocol


class Clock(Protocol):
    """The current time, injected so that tests can set it."""

    def now(self) -> float:
        """Return the time in Unix seconds, with fractions. It may step back when the machine's clock is set."""
        ...
