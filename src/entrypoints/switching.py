"""Lets the event loop run soon while a thread computes."""

import sys

# How long a thread that computes (it renders metrics, imports, reads SQLite) may keep Python's lock once the event loop
# wants it. A request releases the lock several times, and each time would wait for Python's default of 5 ms.
SWITCH_INTERVAL_SECONDS = 0.0005


def switch_threads_soon() -> None:
    """Shorten the time for which any thread of this process may keep others waiting."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
