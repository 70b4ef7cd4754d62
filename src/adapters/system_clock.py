"""The machine's clock."""

import time

from application.ports.clock import Clock


class SystemClock(Clock):
    """Unix time, which processes and machines that share a cache agree on."""

    def now(self) -> float:
        """Return the time in Unix seconds."""
        return time.time()
