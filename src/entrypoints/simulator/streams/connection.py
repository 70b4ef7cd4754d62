"""One open connection: writes whole frames to the socket itself, and counts what passes."""

import asyncio
import struct
from collections import deque
from collections.abc import Iterable
from typing import Any

from aiohttp import WSMsgType, web

from entrypoints.simulator.sockets import reset
from entrypoints.simulator.streams.protocol import Answer, BookUpdate, StreamSession
from entrypoints.simulator.streams.replay import Replay

# A client that leaves this much unread, beyond what the kernel buffers, is cut off.
MOST_UNREAD_BYTES = 1024 * 1024

_CLOSE_SECONDS = 1.0
_FINAL = 0x80


class Connection:
    """Frames go straight to the transport, many in one write: aiohttp sends each by itself."""

    def __init__(self, number: int, session: StreamSession, request: web.Request, now: float) -> None:
        self.number = number
        self.session = session
        self.opened_at = now
        self.pinged_at = now
        self.alive_at = now
        self.sent = 0
        self.received = 0
        self.ended_by: str | None = None
        self.owed = 0.0
        self.missed: dict[str, BookUpdate] = {}
        self._played = 0
        self._plays_since: float | None = None
        self._arrivals: deque[float] = deque()
        self._transport = request.transport

    @property
    def is_open(self) -> bool:
        """Whether the exchange may still send."""
        return self.ended_by is None and self._transport is not None and not self._transport.is_closing()

    def send(self, messages: Iterable[bytes]) -> None:
        """Send text messages, or cut off a client that does not read them."""
        frames = [frame(WSMsgType.TEXT, message) for message in messages]
        self.sent += len(frames)
        self._write(b"".join(frames))

    def ping(self, now: float, payload: bytes, heartbeats: Iterable[bytes] | None = None) -> None:
        """Send a ping frame, or heartbeats in its place."""
        self.pinged_at = now
        if heartbeats is None:
            self._write(frame(WSMsgType.PING, payload))
        else:
            self._write(b"".join(frame(WSMsgType.TEXT, each) for each in heartbeats))

    def pong(self, payload: bytes) -> None:
        """Answer a ping frame."""
        self._write(frame(WSMsgType.PONG, payload))

    def answer(self, answer: Answer) -> None:
        """Send an answer, and close if it says so."""
        if answer.frames:
            self.send(answer.frames)
        if answer.close is not None:
            self.close(*answer.close)

    def close(self, code: int, reason: str) -> None:
        """Close with a code. A client that does not close as well is cut off."""
        if not self.is_open:
            return
        self._write(frame(WSMsgType.CLOSE, struct.pack("!H", code) + reason.encode()))
        self.ended_by = str(code)
        if self._transport is not None:
            asyncio.get_running_loop().call_later(_CLOSE_SECONDS, self._transport.close)

    def says_too_much(self, now: float, most: int, seconds: float) -> bool:
        """Count an arriving message. Tell whether it is one more than allowed within the time."""
        self.received += 1
        while self._arrivals and self._arrivals[0] <= now - seconds:
            self._arrivals.popleft()
        self._arrivals.append(now)
        return len(self._arrivals) > most

    def reads(self, *, does: bool) -> None:
        """Read what the client sends, or no longer do."""
        if self._transport is not None and self.is_open:
            if does:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()

    def cut(self, ended_by: str, *, resets: bool = False, after: bytes = b"", is_fragment: bool = False) -> None:
        """End without a close frame: at once, or after half a message (its first fragment, or half its frame)."""
        if not self.is_open or self._transport is None:
            return
        if after:
            whole = frame(WSMsgType.TEXT, after, is_final=not is_fragment)
            self._write(whole if is_fragment else whole[: len(whole) // 2])
        self.ended_by = ended_by
        if resets:
            reset(self._transport)
        else:
            self._transport.close()

    def due(self, replay: Replay, now: float) -> list[bytes]:
        """Return what of a recording is due; it begins with the first subscription."""
        if self._plays_since is None:
            if not self.session.topics:
                return []
            self._plays_since = now
        messages = replay.due(self._played, now - self._plays_since)
        self._played += len(messages)
        return messages

    def state(self) -> dict[str, Any]:
        """Return what it subscribed to, and its counts."""
        return {
            "number": self.number,
            "opened_at": self.opened_at,
            "subscriptions": list(self.session.topics),
            "sent": self.sent,
            "received": self.received,
        }

    def _write(self, data: bytes) -> None:
        if not data or not self.is_open or self._transport is None:
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            self.ended_by = "too slow"
            self._transport.abort()


def frame(kind: WSMsgType, payload: bytes, *, is_final: bool = True) -> bytes:
    """Return an unmasked frame, as servers send it."""
    first, size = (_FINAL if is_final else 0) | kind.value, len(payload)
    if size < 126:
        return struct.pack("!BB", first, size) + payload
    if size < 65536:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload
