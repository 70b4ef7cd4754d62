"""A server in a thread with its own event loop, for clients that block."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

# Longer than `eventually` waits for two workers to start on a busy machine.
TIMEOUT_SECONDS = 120.0

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def in_a_thread(server: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Run `server` in a thread with its own event loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)

    def run(coroutine: Coroutine[object, object, R]) -> R:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(TIMEOUT_SECONDS)

    thread.start()
    try:
        yield run(server.__aenter__())
        run(server.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(TIMEOUT_SECONDS)
        loop.close()
