"""What waits, for threads. `_async/io.py` has the same names for asyncio."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

Http = httpx.Client
Transport = httpx.BaseTransport
Lock = threading.Lock
sleep = time.sleep


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:  # noqa: ARG001 -- the same as that of asyncio
    """Do nothing: a thread cannot be ended from outside. Each of its reads has what is left of the time."""
    yield
