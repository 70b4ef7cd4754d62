"""A connection in memory: what an event loop's transport does for a protocol, but step by step as a test says."""

import asyncio
from collections import deque

from entrypoints.http.server.aiohttp_hooks import WatchedConnection

# The client's unread bytes from which on the protocol is asked to pause: a few answers.
HIGH_WATER = 1500


class MemoryTransport(asyncio.Transport):
    """The server's end of a connection. The client reads at once, unless `stops_reading`."""

    def __init__(self, connection: WatchedConnection) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_lost = False
        self.most_unread = 0
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._unread = 0
        self._is_read = True
        self._is_paused = False
        self._is_closing = False
        self._is_reading = True
        self._waiting: deque[bytes] = deque()
        connection.connection_made(self)

    # What the client does.

    def send(self, data: bytes) -> bool:
        """Deliver bytes, and tell whether they were answered at once."""
        if self._is_closing:
            return False
        if not self._is_reading or self._waiting:
            self._waiting.append(data)
            return False
        before = len(self.written)
        self._connection.data_received(data)
        return len(self.written) > before

    def stop_reading(self) -> None:
        self._is_read = False

    def read(self) -> None:
        """Read what is unread, and from now on everything."""
        self._is_read, self._unread = True, 0
        if self._is_paused:
            self._is_paused = False
            if not self.is_lost:
                self._connection.resume_writing()
        if self._is_closing:
            self._loop.call_soon(self.lose)

    def end(self) -> None:
        """Send no more."""
        if not self._is_closing:
            self._connection.eof_received()
            self.close()

    def lose(self) -> None:
        """End the connection, with whatever is on its way."""
        self._is_closing = True
        if not self.is_lost:
            self.is_lost = True
            self._connection.connection_lost(None)

    # What the server does.

    def check(self) -> None:
        if not self.is_lost:
            self._connection.stop_waiting()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.is_lost:
            return
        self.written += data
        if not self._is_read:
            self._unread += len(data)
            self.most_unread = max(self.most_unread, self._unread)
            if self._unread > HIGH_WATER and not self._is_paused:
                self._is_paused = True
                self._connection.pause_writing()

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            if not self._unread:
                self._loop.call_soon(self.lose)

    def abort(self) -> None:
        self._is_closing = True
        self._loop.call_soon(self.lose)

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        self._is_reading = False

    def resume_reading(self) -> None:
        self._is_reading = True
        self._loop.call_soon(self._deliver)

    def get_write_buffer_size(self) -> int:
        return self._unread

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 50_000) if name == "peername" else default

    def _deliver(self) -> None:
        while self._waiting and self._is_reading and not self._is_closing:
            self._connection.data_received(self._waiting.popleft())
