"""All WebSocket connections to one simulated exchange, and what moves them: ticks, pings, age, faults."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable

from aiohttp import WSMessage, WSMsgType, web

from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.streams.book_updates import BookUpdates
from entrypoints.simulator.streams.connection import Connection
from entrypoints.simulator.streams.disturbance import Disturbance
from entrypoints.simulator.streams.events import happens
from entrypoints.simulator.streams.kinds import (
    Burst,
    RefuseConnections,
    RefuseSubscriptions,
    ServerShutdown,
    Silence,
    Stale,
    StopsReading,
    StreamFault,
)
from entrypoints.simulator.streams.protocol import (
    GOING_AWAY,
    NORMAL,
    Answer,
    BookUpdate,
    StreamProtocol,
    StreamSession,
)
from entrypoints.simulator.streams.replay import Replay

# How often the market, the pings and the ages are looked at.
_STEP_SECONDS = 0.01

_LARGEST_MESSAGE_BYTES = 256 * 1024
_ENDS = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}


class Streams:
    """Sends a book to whom it concerns whenever it moved: the same book, at the same tick, as over REST.

    `hurry` divides the times of the exchange's limits, for tests. A `replay` takes the place of the market. Between
    the ticks, so many books a second change only in size, in turn: real exchanges are never quiet as a whole.
    """

    def __init__(
        self,
        protocol: StreamProtocol,
        tick: Callable[[], int],
        clock: Callable[[], float],
        hurry: float = 1.0,
        replay: Replay | None = None,
        size_changes_per_second: float = 0.0,
    ) -> None:
        self._protocol = protocol
        self._limits = protocol.limits.hurried(hurry)
        self._clock = clock
        self._replay = replay
        self._size_changes_per_second = size_changes_per_second
        self._updates = BookUpdates(protocol, tick, clock)
        self._connections: dict[int, Connection] = {}
        self._is_heard = asyncio.Event()
        self._attempts: deque[float] = deque()
        self._disturbance: Disturbance | None = None
        self._opened = 0
        self.forget()

    def forget(self) -> None:
        """End the fault and forget all counts. Connections stay open."""
        self.set_fault(None)
        self._refused = 0
        self._sent = 0
        self._closed: Counter[str] = Counter()
        self._attempts.clear()

    def is_stream(self, path: str) -> bool:
        """Tell whether WebSocket connections are opened at this path."""
        return self._protocol.is_stream(path)

    def can_have(self, fault: StreamFault) -> bool:
        """Tell whether this exchange can fail in this way."""
        return self._protocol.announces_shutdown or not isinstance(fault, ServerShutdown)

    def set_fault(self, fault: StreamFault | None) -> None:
        """Replace the fault; None ends it. One that happens at once has happened, and leaves the other as it is."""
        if fault is not None and happens(fault, self._connections.values(), int(self._clock() * 1000)):
            return
        self._disturbance = None
        if fault is not None:
            self._disturbance = Disturbance(fault, self._connections.values(), self._updates.listed)
        self._refusals_left = getattr(fault, "times", None)
        for connection in self._connections.values():
            connection.reads(does=not isinstance(self._fault_of(connection), StopsReading))

    def state(self) -> Row:
        """Return connections, subscriptions, counts and fault for the control endpoint."""
        fault = self._disturbance and self._disturbance.fault
        return {
            "connections": [connection.state() for connection in self._connections.values()],
            "opened": self._opened,
            "refused": self._refused,
            "closed": dict(self._closed),
            "sent": self._sent,
            "fault": fault and fault.model_dump(mode="json"),
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
        connection = self._open(session, request)
        try:
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
        """Move on in time until cancelled, as long as somebody listens."""
        while True:
            await self._is_heard.wait()
            before = _now()
            await asyncio.sleep(_STEP_SECONDS)
            if self._connections:
                self._publish(_now() - before)
                self._age(_now())
            else:
                self._is_heard.clear()
                self._updates.end()

    def _fault_of(self, connection: Connection) -> StreamFault | None:
        if self._disturbance is None or not self._disturbance.concerns(connection):
            return None
        return self._disturbance.fault

    def _refusal(self) -> Reply | None:
        now, limits = _now(), self._limits
        fault = self._disturbance and self._disturbance.fault
        if isinstance(fault, RefuseConnections):
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            self._count_down()
            return Reply.of({"detail": "Refused"}, fault.code, **headers)
        while self._attempts and self._attempts[0] <= now - limits.connects_seconds:
            self._attempts.popleft()
        if len(self._attempts) >= limits.connects:
            wait = int(self._attempts[0] + limits.connects_seconds - now) + 1
            return Reply.of({"detail": "Too many connections"}, 429, **{"Retry-After": str(wait)})
        self._attempts.append(now)
        return None

    def _count_down(self) -> None:
        if self._refusals_left is not None:
            self._refusals_left -= 1
            if self._refusals_left <= 0:
                self._disturbance = None

    def _open(self, session: StreamSession, request: web.Request) -> Connection:
        self._opened += 1
        connection = Connection(self._opened, session, request, _now())
        self._connections[connection.number] = connection
        self._updates.begin()
        self._is_heard.set()
        fault = self._fault_of(connection)
        connection.reads(does=not isinstance(fault, StopsReading))
        if not _is_dead(fault):
            connection.answer(session.greeting())
        return connection

    async def _hear(self, socket: web.WebSocketResponse, connection: Connection) -> None:
        while (message := await socket.receive()).type not in _ENDS:
            fault = self._fault_of(connection)
            if connection.is_open and not _is_dead(fault):
                self._receive(connection, message, fault)

    def _receive(self, connection: Connection, message: WSMessage, fault: StreamFault | None) -> None:
        now, session = _now(), connection.session
        if connection.says_too_much(now, self._limits.messages, self._limits.messages_seconds):
            connection.answer(session.too_many_messages())
            return
        self._publish(0.0)  # whatever is answered, the prices until then have been sent
        if message.type is WSMsgType.PING:
            connection.pong(message.data)
        elif message.type is WSMsgType.PONG and self._limits.ping_frames_seconds is not None:
            connection.alive_at = now
        elif message.type is WSMsgType.TEXT:
            session.milliseconds = int(self._clock() * 1000)
            answer = self._answer(session, message.data, fault)
            connection.answer(answer)
            connection.alive_at = now if answer.keeps_alive else connection.alive_at

    def _answer(self, session: StreamSession, text: str, fault: StreamFault | None) -> Answer:
        if isinstance(fault, RefuseSubscriptions) and (refusal := session.refusal(text)) is not None:
            self._count_down()
            return refusal
        return session.hear(text)

    def _publish(self, seconds: float) -> None:
        if self._replay is not None:
            self._play(self._replay)
            return
        fault = self._disturbance and self._disturbance.fault
        updates = self._updates.moved(fault.ticks if isinstance(fault, Stale) else 0)
        for connection in list(self._connections.values()):
            self._send(connection, updates, seconds)

    def _send(self, connection: Connection, updates: list[BookUpdate], seconds: float) -> None:
        session = connection.session
        if not session.topics:
            return
        fault = self._fault_of(connection)
        if _is_dead(fault):
            connection.missed |= {update.symbol: update for update in updates}
            return
        updates = updates + self._size_changes(connection, self._size_changes_per_second * seconds)
        if connection.missed:
            updates = [*connection.missed.values(), *updates]
            connection.missed = {}
        if self._disturbance is not None and fault is not None:
            subscribed = [update for update in updates if session.topic_of(update.symbol)]
            updates = self._disturbance.disturbed(connection, subscribed)
        if isinstance(fault, Burst):
            updates = updates + self._size_changes(connection, fault.per_second * seconds)
        messages = [message for update in updates if (message := session.frame(update)) is not None]
        self._sent += len(messages)
        connection.send(messages)

    def _size_changes(self, connection: Connection, count: float) -> list[BookUpdate]:
        connection.owed += count
        due = int(connection.owed)
        connection.owed -= due
        return self._updates.repeated(due, connection.session.topic_of) if due else []

    def _play(self, replay: Replay) -> None:
        for connection in list(self._connections.values()):
            messages = connection.due(replay, _now())
            self._sent += len(messages)
            connection.send(messages)

    def _age(self, now: float) -> None:
        limits = self._limits
        for connection in list(self._connections.values()):
            fault = self._fault_of(connection)
            if isinstance(fault, StopsReading) or _is_dead(fault):
                continue
            if now - connection.opened_at >= limits.life_seconds:
                connection.close(NORMAL, "Closed after 24 hours")
            elif (
                now - connection.alive_at >= limits.silence_seconds
                and (end := connection.session.gone_silent()) is not None
            ):
                connection.answer(end)
            elif limits.ping_frames_seconds is not None and now - connection.pinged_at >= limits.ping_frames_seconds:
                milliseconds = int(self._clock() * 1000)
                connection.ping(now, b"%d" % milliseconds, connection.session.heartbeats(milliseconds))


def _is_dead(fault: StreamFault | None) -> bool:
    return isinstance(fault, Silence) and not fault.pings


def _now() -> float:
    return asyncio.get_running_loop().time()
