"""A TCP proxy that breaks its connections on demand, in the ways that networks do."""

import asyncio
import socket
import struct
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

CHUNK_BYTES = 64 * 1024
SLICES_PER_SECOND = 10

# With this option a closed socket sends RST, like a machine that has lost the connection; otherwise FIN.
RESETTING = struct.pack("ii", 1, 0)

Send = Callable[[bytes], Awaitable[None]]


class Closed(Exception):
    """The connection must be closed normally."""


class Fault(Protocol):
    """What happens to the bytes of a connection during the fault.

    Raising `ConnectionResetError` resets the connection, `Closed` closes it.
    """

    @abstractmethod
    async def carry(self, chunk: bytes, link: "Link") -> None:
        """Send what the fault leaves of `chunk`, when it lets it through."""


@dataclass(frozen=True, slots=True)
class Link:
    """One direction of one connection under a fault."""

    is_answer: bool
    carried_bytes: int
    send: Send
    over: asyncio.Event

    async def pause(self, seconds: float | None) -> None:
        """Wait for `seconds` (None: without end) or until the fault ends, when held-back bytes arrive."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.over.wait()


@dataclass(frozen=True, slots=True)
class Latency(Fault):
    """Every chunk is delayed, in both directions."""

    seconds: float

    async def carry(self, chunk: bytes, link: Link) -> None:
        await link.pause(self.seconds)
        await link.send(chunk)


@dataclass(frozen=True, slots=True)
class Bandwidth(Fault):
    """Bytes trickle, in both directions."""

    bytes_per_second: int

    async def carry(self, chunk: bytes, link: Link) -> None:
        slice_bytes = max(1, self.bytes_per_second // SLICES_PER_SECOND)
        for start in range(0, len(chunk), slice_bytes):
            await link.pause(slice_bytes / self.bytes_per_second)
            await link.send(chunk[start : start + slice_bytes])


class Reset(Fault):
    """Every connection is reset, new ones immediately."""

    async def carry(self, chunk: bytes, link: Link) -> None:  # noqa: ARG002 -- nothing is sent
        raise ConnectionResetError

    def __str__(self) -> str:
        return "reset"


class BlackHole(Fault):
    """Nothing arrives, and the connection stays open."""

    async def carry(self, chunk: bytes, link: Link) -> None:
        await link.pause(None)
        await link.send(chunk)

    def __str__(self) -> str:
        return "black hole"


class Truncate(Fault):
    """The first half of an answer's first chunk arrives; then the connection is closed normally."""

    async def carry(self, chunk: bytes, link: Link) -> None:
        await link.send(chunk[: len(chunk) // 2] if link.is_answer else chunk)
        if link.is_answer:
            raise Closed

    def __str__(self) -> str:
        return "truncate"


@dataclass(frozen=True, slots=True)
class CutAfter(Fault):
    """This many bytes of answers arrive on a connection; then it is reset."""

    answer_bytes: int

    async def carry(self, chunk: bytes, link: Link) -> None:
        left = max(0, self.answer_bytes - link.carried_bytes) if link.is_answer else len(chunk)
        await link.send(chunk[:left])
        if left < len(chunk):
            raise ConnectionResetError


class Proxy:
    """Forwards connections on `port` to `upstream`, a host and a port."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._fault: Fault | None = None
        self._over = asyncio.Event()
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.port = 0

    @property
    def open_connections(self) -> int:
        """The number of open connections."""
        return len(self._connections)

    def commit(self, fault: Fault) -> None:
        """Replace the current fault, on every connection."""
        self.stop()
        self._fault, self._over = fault, asyncio.Event()
        if isinstance(fault, Reset):
            self._reset_all()

    def stop(self) -> None:
        """End the fault. Held-back bytes arrive."""
        self._fault = None
        self._over.set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection until a side or a fault ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            if isinstance(self._fault, Reset):
                raise ConnectionResetError
            await self._joined(reader, writer)
        except OSError:
            _reset(writer)
        finally:
            del self._connections[task]
            writer.close()

    async def close(self) -> None:
        """Reset all open connections."""
        self.stop()
        self._reset_all()
        if self._connections:
            await asyncio.wait(self._connections)

    def _reset_all(self) -> None:
        for writer in self._connections.values():
            _reset(writer)

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_upstream, upstream = await asyncio.open_connection(*self._upstream)
        pumps = [
            asyncio.create_task(self._pump(reader, upstream, is_answer=False)),
            asyncio.create_task(self._pump(to_upstream, writer, is_answer=True)),
        ]
        try:
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in done:
                pump.result()
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            upstream.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        async def send(chunk: bytes) -> None:
            writer.write(chunk)
            await writer.drain()

        carried, fault = 0, self._fault
        with suppress(Closed):
            while chunk := await reader.read(CHUNK_BYTES):
                if self._fault is not fault:
                    carried, fault = 0, self._fault
                if fault is None:
                    await send(chunk)
                else:
                    await fault.carry(chunk, Link(is_answer, carried, send, self._over))
                carried += len(chunk)


@asynccontextmanager
async def running_proxy(upstream: tuple[str, int]) -> AsyncIterator[Proxy]:
    """Listen on a free port of 127.0.0.1."""
    proxy = Proxy(upstream)
    server = await asyncio.start_server(proxy.connected, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()


def _reset(writer: asyncio.StreamWriter) -> None:
    if not writer.is_closing():
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETTING)
        writer.transport.abort()
