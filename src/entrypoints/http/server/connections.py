"""How many connections a process holds, and how long it waits on each.

A connection costs the client nothing, but the service memory and a file descriptor. So each head has a size and a
deadline, a client that stops reading is dropped, and neither one address nor all of them together can take every
descriptor.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable, Sequence

import structlog

from entrypoints.http.server.aiohttp_hooks import WatchedConnection
from entrypoints.http.server.client_address import TrustedProxy, counted_address, is_trusted

# For `web.Application`. `request_body` decompresses bodies itself, within a limit.
CONNECTION_ARGUMENTS = {"auto_decompress": False, "max_headers": 64, "lingering_time": 1.0}

MAX_HEAD_BYTES = 16 * 1024

# From the first byte of a head to its last. A connection's first head has until the second check instead.
HEAD_SECONDS = 10.0

# How long a client may read nothing of its answer.
WRITE_SECONDS = 20.0

CHECK_SECONDS = 5.0
CHECKED_AT_A_TIME = 500

# File descriptors for everything else: exchanges, Redis, the database, logs.
RESERVED_DESCRIPTORS = 100
MOST_CONNECTIONS = 10_000

# The share of connections that is closed to make room: several at once, since each search for idle ones takes time.
EVICTED_SHARE = 0.05

# Why a connection was closed, in the log and the metrics.
NO_REQUEST = "no_request"
SLOW_HEAD = "slow_head"
STOPPED_READING = "stopped_reading"
IDLE_LONGEST = "idle_longest"
TOO_MANY = "too_many"
TOO_MANY_OF_ADDRESS = "too_many_of_address"
TOO_MANY_FRAMES = "too_many_frames"
REASONS = (NO_REQUEST, SLOW_HEAD, STOPPED_READING, IDLE_LONGEST, TOO_MANY, TOO_MANY_OF_ADDRESS, TOO_MANY_FRAMES)

Closed = Callable[[str, int], None]

log = structlog.get_logger()


def most_connections() -> int:
    """Return how many connections a process can hold, by its limit of open files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(1, min(MOST_CONNECTIONS, soft - RESERVED_DESCRIPTORS))


class Connections:
    """The open connections of one process.

    Each check calls `closed` with each reason and the number of connections closed for it since the previous check.
    """

    def __init__(self, most: int, most_per_address: int, trusted: Sequence[TrustedProxy], closed: Closed) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._trusted = trusted
        self._closed = closed
        self._open: dict[WatchedConnection, str | None] = {}
        self._by_address: Counter[str] = Counter()
        self._unwritten: dict[WatchedConnection, tuple[int, float]] = {}
        self._silent: set[WatchedConnection] = set()
        self._reasons: Counter[str] = Counter()

    def opened(self, connection: WatchedConnection) -> None:
        """Admit a connection. If its address has too many, close it; if there is no room, close those idle longest."""
        if len(self._open) >= self._most:
            self._make_room()
        address = self._address(connection)
        self._open[connection] = address
        if address is not None:
            self._by_address[address] += 1
        if len(self._open) > self._most:
            self._close(connection, TOO_MANY)
        elif address is not None and self._by_address[address] > self._most_per_address:
            self._close(connection, TOO_MANY_OF_ADDRESS)

    def lost(self, connection: WatchedConnection) -> None:
        """Forget a connection."""
        address = self._open.pop(connection, None)
        self._unwritten.pop(connection, None)
        if address is not None:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def sent_too_much(self, connection: WatchedConnection) -> None:
        """Close a WebSocket whose client sends frames without end, unless it has ended."""
        if connection in self._open:
            self._close(connection, TOO_MANY_FRAMES)

    async def check(self) -> None:
        """Close the connections that are overdue, and report all closed since the previous check."""
        now = asyncio.get_running_loop().time()
        silent: set[WatchedConnection] = set()
        for number, connection in enumerate(list(self._open)):
            if number % CHECKED_AT_A_TIME == CHECKED_AT_A_TIME - 1:
                await asyncio.sleep(0)
            connection.stop_waiting()
            if connection.has_no_request:
                silent.add(connection)
            reason = self._overdue(connection, now)
            if reason is not None and connection in self._open:
                self._close(connection, reason)
        self._silent = silent
        self._report()

    def _overdue(self, connection: WatchedConnection, now: float) -> str | None:
        if connection.has_no_request:
            return NO_REQUEST if connection in self._silent else None
        if connection.head_began is not None and now - connection.head_began > HEAD_SECONDS:
            return SLOW_HEAD
        return STOPPED_READING if self._has_stopped_reading(connection, now) else None

    def _address(self, connection: WatchedConnection) -> str | None:
        """Return the address to count it under; None for trusted proxies and Unix sockets, which are not counted."""
        peer = connection.peer
        if peer is None or not self._most_per_address or is_trusted(peer, self._trusted):
            return None
        return counted_address(peer)

    def _make_room(self) -> None:
        idle = sorted((each for each in self._open if each.is_idle), key=lambda each: each.used_at)
        for connection in idle[: max(1, int(self._most * EVICTED_SHARE))]:
            self._close(connection, IDLE_LONGEST)

    def _has_stopped_reading(self, connection: WatchedConnection, now: float) -> bool:
        unwritten = connection.unwritten_bytes
        if not unwritten:
            self._unwritten.pop(connection, None)
            return False
        before, since = self._unwritten.get(connection, (0, now))
        if unwritten != before:
            self._unwritten[connection] = unwritten, now
            return False
        return now - since > WRITE_SECONDS

    def _close(self, connection: WatchedConnection, reason: str) -> None:
        self.lost(connection)
        self._reasons[reason] += 1
        connection.drop()

    def _report(self) -> None:
        for reason, count in self._reasons.items():
            log.warning("connections_closed", reason=reason, count=count)
            self._closed(reason, count)
        self._reasons.clear()
