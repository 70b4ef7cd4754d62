"""All WebSocket connections to one simulated exchange, and what moves them: ticks, pings, age."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping

from aiohttp import WSMessage, WSMsgType, web

from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.streams.connection import Connection
from entrypoints.simulator.streams.protocol import (
    GOING_AWAY,
    NORMAL,
    BookUpdate,
    StreamLimits,
    StreamProtocol,
    WireBook,
)

# How often the market, the pings and the ages are looked at.
_STEP_SECONDS = 0.01

# Sequences begin with the tick, so that they also grow when the simulator is started anew.
_SEQUENCES_A_TICK = 10_000

_LARGEST_MESSAGE_BYTES = 256 * 1024


class Streams:
    """Sends a book to whom it concerns whenever it moved: the same book, at the same tick, as over REST.

    `hurry` divides the times of the exchange's limits, for tests.
    """

    def __init__(
        self, protocol: StreamProtocol, tick: Callable[[], int], clock: Callable[[], float], hurry: float = 1.0
    ) -> None:
        self._protocol = protocol
        self._limits = _hurried(protocol.limits, hurry)
        self._tick = tick
        self._clock = clock
        self._connections: dict[int, Connection] = {}
        self._books: Mapping[str, tuple[WireBook, str]] | None = None
        self._at_tick = -1
        self._sequence = 0
        self._attempts: deque[float] = deque()
        self.forget()

    def forget(self) -> None:
        """Forget all counts. Connections stay open."""
        self._opened = 0
        self._refused = 0
        self._sent = 0
        self._closed: Counter[str] = Counter()
        self._attempts.clear()

    def is_stream(self, path: str) -> bool:
        """Tell whether WebSocket connections are opened at this path."""
        return self._protocol.is_stream(path)

    def state(self) -> Row:
        """Return connections, subscriptions and counts for the control endpoint."""
        return {
            "connections": [connection.state() for connection in self._connections.values()],
            "opened": self._opened,
            "refused": self._refused,
            "closed": dict(self._closed),
            "sent": self._sent,
        }

    async def serve(self, request: web.Request, call: Call) -> web.StreamResponse:
        """Hold one connection until it ends."""
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=_LARGEST_MESSAGE_BYTES)
        session = self._refusal() or self._protocol.open(call)
        if isinstance(session, Reply) or not socket.can_prepare(request).ok:
            self._refused += 1
            reply = session if isinstance(session, Reply) else Reply.of({"detail": "Not a WebSocket handshake"}, 400)
            return web.Response(body=reply.body.plain, status=reply.status, headers=reply.headers)
        await socket.prepare(request)
        self._opened += 1
        connection = Connection(self._opened, session, request, _now())
        self._connections[connection.number] = connection
        self._begin()
        try:
            connection.answer(session.greeting())
            await self._hear(socket, connection)
        finally:
            del self._connections[connection.number]
            self._closed[connection.ended_by or "by the client"] += 1
        return socket

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections.values():
            connection.close(GOING_AWAY, "Shutting down")

    async def run(self) -> None:
        """Move on in time until cancelled."""
        while True:
            await asyncio.sleep(_STEP_SECONDS)
            if self._connections:
                self._publish()
                self._age(_now())
            else:
                self._books = None

    def _refusal(self) -> Reply | None:
        now, limits = _now(), self._limits
        while self._attempts and self._attempts[0] <= now - limits.connects_seconds:
            self._attempts.popleft()
        if len(self._attempts) >= limits.connects:
            wait = int(self._attempts[0] + limits.connects_seconds - now) + 1
            return Reply.of({"detail": "Too many connections"}, 429, **{"Retry-After": str(wait)})
        self._attempts.append(now)
        return None

    async def _hear(self, socket: web.WebSocketResponse, connection: Connection) -> None:
        while (message := await socket.receive()).type not in {
            WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR
        }:  # fmt: skip
            if connection.is_open:
                self._receive(connection, message)

    def _receive(self, connection: Connection, message: WSMessage) -> None:
        now, session = _now(), connection.session
        if connection.says_too_much(now, self._limits.messages, self._limits.messages_seconds):
            connection.answer(session.too_many_messages())
            return
        if message.type is WSMsgType.PING:
            connection.pong(message.data)
        elif message.type is WSMsgType.PONG and self._limits.ping_frames_seconds is not None:
            connection.alive_at = now
        elif message.type is WSMsgType.TEXT:
            answer = session.hear(message.data)
            connection.answer(answer)
            connection.alive_at = now if answer.keeps_alive else connection.alive_at

    def _begin(self) -> None:
        if self._books is None:
            self._at_tick = self._tick()
            self._books = self._protocol.books(self._at_tick)

    def _publish(self) -> None:
        tick = self._tick()
        if self._books is not None and tick != self._at_tick:
            before, self._books, self._at_tick = self._books, self._protocol.books(tick), tick
            updates = [
                self._update(symbol, book, last)
                for symbol, (book, last) in self._books.items()
                if symbol not in before or before[symbol][0] != book
            ]
            for connection in list(self._connections.values()):
                self._send(connection, updates)

    def _update(self, symbol: str, book: WireBook, last: str) -> BookUpdate:
        self._sequence = max(self._sequence + 1, self._at_tick * _SEQUENCES_A_TICK)
        return BookUpdate(symbol, book, last, self._sequence, int(self._clock() * 1000))

    def _send(self, connection: Connection, updates: list[BookUpdate]) -> None:
        frame = connection.session.frame
        messages = [message for update in updates if (message := frame(update)) is not None]
        self._sent += len(messages)
        connection.send(messages)

    def _age(self, now: float) -> None:
        limits = self._limits
        for connection in list(self._connections.values()):
            if now - connection.opened_at >= limits.life_seconds:
                connection.close(NORMAL, "Closed after 24 hours")
            elif now - connection.alive_at >= limits.silence_seconds:
                connection.answer(connection.session.gone_silent())
            elif limits.ping_frames_seconds is not None and now - connection.pinged_at >= limits.ping_frames_seconds:
                connection.ping(now, b"%d" % int(self._clock() * 1000))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _hurried(limits: StreamLimits, hurry: float) -> StreamLimits:
    pings = limits.ping_frames_seconds
    return StreamLimits(
        connects=limits.connects,
        connects_seconds=limits.connects_seconds / hurry,
        messages=limits.messages,
        messages_seconds=limits.messages_seconds / hurry,
        ping_frames_seconds=None if pings is None else pings / hurry,
        silence_seconds=limits.silence_seconds / hurry,
        life_seconds=limits.life_seconds / hurry,
    )
