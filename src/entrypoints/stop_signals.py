"""SIGINT and SIGTERM while a process starts."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM})


@contextmanager
def held_back_stop_signals() -> Iterator[None]:
    """Deliver them only from `deliver_stop_signals` on: one that comes before its handler is set could be lost."""
    hold_back_stop_signals()
    try:
        yield
    finally:
        deliver_stop_signals()


def hold_back_stop_signals() -> None:
    """Hold them back until `deliver_stop_signals`."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)


def deliver_stop_signals() -> None:
    """Deliver what was held back, now that there is a handler."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
