"""The machine's clock."""

import time

from application.ports.clock import Clock


class SystemClock(Clock):
    """Unix time, which is comparable between processes and machines that share a cache."""

    def now(self) -> float:
        """Return the time in Unix seconds."""
        return time.time()
