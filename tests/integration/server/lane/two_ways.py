"""Two services that differ in nothing but the lane, and the outcome of one connection to each."""

import asyncio
import io
import json
import logging
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import pytest
import structlog
from dependency_injector import providers

from entrypoints.http.router import ROUTER
from entrypoints.http.server.aiohttp_hooks import WatchedConnection
from entrypoints.http.server.draining import DrainingRunner
from entrypoints.wiring.application import ApplicationContainer
from tests.integration.server.lane.generated import PROBE, Do, Step
from tests.integration.server.lane.transport import MemoryTransport
from tests.routes import all_routes
from tests.servers.service import service_app
from tests.unit.fakes.clock import FakeClock

_ID = re.compile(rb"\b[0-9a-f]{32}\b")
_DATE = re.compile(rb"Date: [^\r]*")
_TIMES = ("timestamp", "duration_ms")
_COUNTS = re.compile(
    r"^(crossrate_(?:requests_total|conversions_total|prices_served_total|request_duration_seconds_count)\S*) (\S+)$",
    re.MULTILINE,
)

# A handler that waits for its body, or for a reader, does nothing in so many turns of the event loop.
QUIET_TURNS = 12
MOST_TURNS = 2000

# What a thread does, such as writing the metrics, takes no turns, but time on a busy machine.
REST_SECONDS = 10


@dataclass(frozen=True)
class Outcome:
    """What a client sees of its connection, what the log and the server count, and how many answers came at once.

    Dates, durations and ids made by the service are left out; the log should have the ids of the answers.
    """

    answers: bytes
    is_lost: bool
    is_idle: bool
    lines: Sequence[dict[str, object]]
    counted: int  # by aiohttp, for gunicorn's `--max-requests`
    has_ids_of_log: bool
    answered_at_once: int
    most_unread: int


class Way:
    """One service, with connections in memory."""

    def __init__(self, runner: DrainingRunner, log: io.BytesIO) -> None:
        self._runner = runner
        self._log = log

    async def outcome(self, steps: Sequence[Step], *, probes: bool = True) -> Outcome:
        """Go through the steps; then read everything, and ask once more to see what is left on the connection."""
        self._log.seek(0)
        self._log.truncate()
        assert self._runner.server is not None
        counted = self._runner.server.requests_count
        connection = self._runner.server()
        assert isinstance(connection, WatchedConnection)
        transport = MemoryTransport(connection)
        await asyncio.sleep(0)
        at_once = 0
        for step in steps:
            at_once += await _done(transport, step)
        transport.read()
        await _quiet(transport)
        is_idle = connection.is_idle
        if probes:
            at_once += transport.send(PROBE)
            await _quiet(transport)
        is_lost = transport.is_lost
        transport.lose()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        counted = self._runner.server.requests_count - counted
        return self._outcome(transport, at_once, counted, is_lost=is_lost, is_idle=is_idle)

    async def warmed(self, sent: bytes) -> None:
        """Ask until the answer is there, which takes as long as fetching prices."""
        async with asyncio.timeout(10):
            while b" 200 " not in (await self.outcome([Step(Do.SEND, sent)], probes=False)).answers:  # noqa: ASYNC110 -- no event tells
                await asyncio.sleep(0.02)

    async def counts(self) -> Counter[str]:
        """Return what the metrics have counted, apart from the questions for metrics."""
        ask = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
        text = (await self.outcome([Step(Do.SEND, ask), Step(Do.REST)], probes=False)).answers.decode()
        assert " 200 " in text
        return Counter({name: int(float(count)) for name, count in _COUNTS.findall(text) if "/metrics" not in name})

    def _outcome(
        self, transport: MemoryTransport, at_once: int, counted: int, *, is_lost: bool, is_idle: bool
    ) -> Outcome:
        written, logged = bytes(transport.written), self._log.getvalue()
        lines = [json.loads(line) for line in _ID.sub(b"some id", logged).splitlines() if b'"request_' in line]
        for line in lines:
            for name in _TIMES:
                line.pop(name, None)
        ids = _ID.findall(b"".join(line for line in written.splitlines() if line.startswith(b"X-Request-ID: ")))
        answers = _DATE.sub(b"Date: some", _ID.sub(b"some id", written))
        has_ids_of_log = sorted(ids) == sorted(_ID.findall(logged))
        return Outcome(answers, is_lost, is_idle, lines, counted, has_ids_of_log, at_once, transport.most_unread)


_AT_ONCE = {
    Do.STOP_READING: MemoryTransport.stop_reading,
    Do.READ: MemoryTransport.read,
    Do.END: MemoryTransport.end,
    Do.LOSE: MemoryTransport.lose,
    Do.CHECK: MemoryTransport.check,
}


async def _done(transport: MemoryTransport, step: Step) -> bool:
    match step.do:
        case Do.SEND:
            return transport.send(step.data)
        case Do.WAIT:
            await _quiet(transport)
        case Do.TURN:
            await asyncio.sleep(0)
        case Do.REST:
            async with asyncio.timeout(REST_SECONDS):
                while not transport.written:  # noqa: ASYNC110 -- no event tells
                    await asyncio.sleep(0.02)
        case other:
            _AT_ONCE[other](transport)
    return False


async def _quiet(transport: MemoryTransport) -> None:
    """Wait until the server does nothing more."""
    written, quiet = len(transport.written), 0
    for _ in range(MOST_TURNS):
        await asyncio.sleep(0)
        quiet = quiet + 1 if len(transport.written) == written else 0
        written = len(transport.written)
        if quiet > QUIET_TURNS or transport.is_lost:
            return
    raise AssertionError("the server never rests")


@contextmanager
def _logging_kept() -> Iterator[None]:
    kept, root = structlog.get_config(), logging.getLogger()
    processors, handlers, level = [*kept["processors"]], [*root.handlers], root.level
    try:
        yield
    finally:
        kept["processors"][:] = processors
        structlog.configure(**kept)
        root.handlers[:] = handlers
        root.setLevel(level)


@asynccontextmanager
async def running_both(exchanges: str, **settings: object) -> AsyncIterator[tuple[Way, Way]]:
    """Serve with the lane and without it, at the same prices, with a clock that stands still."""
    with pytest.MonkeyPatch.context() as patch, _logging_kept():
        log = io.BytesIO()
        patch.setattr(sys, "stderr", io.TextIOWrapper(log, write_through=True))
        runners = [
            DrainingRunner(service_app(exchanges, fast_lane=is_on, log_format="json", **settings), 0)
            for is_on in (True, False)
        ]
        try:
            with ApplicationContainer.core.clock.override(providers.Object(FakeClock())):
                for runner in runners:
                    # Otherwise the first request for a feature waits for the thread that imports it, not for turns.
                    list(all_routes(runner.app[ROUTER]))
                    runner.hurry()
                    await runner.setup()
            yield Way(runners[0], log), Way(runners[1], log)
        finally:
            for runner in runners:
                await runner.cleanup()
