"""Resolves the hosts of strangers."""

import asyncio
import socket
import threading
from contextlib import suppress
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

# Names that are being resolved at the same time. A thread of a name that nothing answers for lives for half a minute.
MOST_THREADS = 64


class StrangersResolver(AbstractResolver):
    """Asks the system's resolver, in threads of its own.

    Otherwise a name whose servers never answer would take the threads that everything else in the process shares. They
    are daemons, so they do not keep a process from ending.
    """

    def __init__(self) -> None:
        self._threads = threading.BoundedSemaphore(MOST_THREADS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return all addresses. Raises `OSError`."""
        if not self._threads.acquire(blocking=False):
            raise OSError("too many names are being resolved")
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()
        look = partial(self._look, host, port, family, loop, found)
        threading.Thread(target=look, name="resolver", daemon=True).start()
        return await found

    async def close(self) -> None:
        """Leave the threads to themselves."""

    def _look(
        self,
        host: str,
        port: int,
        family: socket.AddressFamily,
        loop: asyncio.AbstractEventLoop,
        found: asyncio.Future[list[ResolveResult]],
    ) -> None:
        try:
            addresses = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
            results = [_result(host, port, each[0], each[4][0]) for each in addresses]
            tell = partial(_resolve, found, results)
        except OSError as error:
            tell = partial(_fail, found, error)
        except UnicodeError as error:  # a label that is too long
            tell = partial(_fail, found, OSError(str(error)))
        finally:
            self._threads.release()
        with suppress(RuntimeError):  # the loop was closed in the meantime
            loop.call_soon_threadsafe(tell)


def _result(host: str, port: int, family: int, address: object) -> ResolveResult:
    return ResolveResult(
        hostname=host, host=str(address), port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )


def _resolve(found: asyncio.Future[list[ResolveResult]], results: list[ResolveResult]) -> None:
    if not found.done():
        found.set_result(results)


def _fail(found: asyncio.Future[list[ResolveResult]], error: OSError) -> None:
    if not found.done():
        found.set_exception(error)
