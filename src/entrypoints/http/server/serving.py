"""How the service begins and ends: nothing asked is lost at a stop, and no connection waits without a bound."""

import asyncio
import contextlib
import select
import signal

import structlog
import uvloop
from aiohttp import web

from entrypoints.http.server.app import create_app
from entrypoints.http.server.garbage import leave_out_what_stays
from entrypoints.http.server.keys import LIFETIME
from entrypoints.settings.server import FINISH_SECONDS
from entrypoints.settings.settings import Settings, load_settings

# Longer than what stands in front of a service keeps an idle connection (a minute, mostly), so that it is never we
# who close one on which a request is under way.
KEEPALIVE_SECONDS = 75.0

# A connection on which no whole request head has come by the second look at it is closed.
LOOK_SECONDS = 5.0

# Between no longer accepting and closing idle connections: one that was accepted last has its request on the way.
LAST_REQUESTS_SECONDS = 0.25

BACKLOG = 1024

log = structlog.get_logger()


class DrainingRunner(web.AppRunner):
    """Ends an application in three steps: say so and go on, accept no more, finish what is under way.

    Whatever spreads the requests sees readiness turn 503 and has `drain_seconds` to send them elsewhere; meanwhile
    each answer asks its caller to close the connection. `hurry` leaves that time out.
    """

    def __init__(self, app: web.Application, drain_seconds: float) -> None:
        super().__init__(app, access_log=None, keepalive_timeout=KEEPALIVE_SECONDS, shutdown_timeout=FINISH_SECONDS)
        self._drain_seconds = drain_seconds
        self._is_hurried = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def setup(self) -> None:
        """Start the application."""
        await super().setup()
        self._looking = asyncio.create_task(self._close_those_without_a_request())

    def hurry(self) -> None:
        """Wait for nobody to send requests elsewhere, now or later."""
        self._is_hurried.set()

    async def cleanup(self) -> None:
        """End the application."""
        if self._looking is not None:
            self._looking.cancel()
            await self._drain()
            for site in self.sites:
                await _let_in_who_waits(site)
                await site.stop()
            await asyncio.sleep(LAST_REQUESTS_SECONDS)
        await super().cleanup()

    async def _drain(self) -> None:
        self.app[LIFETIME].is_ending = True
        log.info("service_draining", seconds=0 if self._is_hurried.is_set() else self._drain_seconds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._drain_seconds):
                await self._is_hurried.wait()

    async def _close_those_without_a_request(self) -> None:
        """Close connections that send no request, or its head in a trickle. A later head has KEEPALIVE_SECONDS.

        aiohttp has but one bound for both, which must be long for the sake of idle connections.
        """
        seen: set[web.RequestHandler] = set()
        while self.server is not None:
            await asyncio.sleep(LOOK_SECONDS)
            connections = self.server.connections
            silent = {each for each in connections if not each._request_count}  # noqa: SLF001 -- told nowhere else
            for connection in silent & seen:
                connection.force_close()
            seen = silent - seen


async def _let_in_who_waits(site: web.BaseSite) -> None:
    """Go on accepting until nobody waits for that: when a socket closes, the kernel resets those who still do.

    Several workers have one queue of them, and the last one to close it decides.
    """
    server = site._server  # noqa: SLF001 -- aiohttp has the addresses only
    queue = select.poll()
    for listening in getattr(server, "sockets", ()):
        queue.register(listening.fileno(), select.POLLIN)
    loop = asyncio.get_running_loop()
    no_longer_than = loop.time() + LAST_REQUESTS_SECONDS
    while queue.poll(0) and loop.time() < no_longer_than:  # noqa: ASYNC110 -- the kernel tells of no event
        await asyncio.sleep(0)


def serve(settings: Settings) -> None:
    """Serve in this process until SIGTERM, or SIGINT, which hurries. Blocks; raises `OSError` for the address."""
    uvloop.run(_serve(settings))


async def gunicorn_runner() -> DrainingRunner:
    """Make what gunicorn's worker for aiohttp runs."""
    return _runner(load_settings())


def _runner(settings: Settings) -> DrainingRunner:
    app = create_app(settings)
    leave_out_what_stays()
    return DrainingRunner(app, settings.drain_seconds)


async def _serve(settings: Settings) -> None:
    runner = _runner(settings)
    stop = _told_to_stop(runner)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG).start()
        log.info("service_listening", url=f"http://{settings.host}:{settings.port}", docs="/docs")
        await stop.wait()
    except OSError:
        runner.hurry()
        raise
    finally:
        await runner.cleanup()


def _told_to_stop(runner: DrainingRunner) -> asyncio.Event:
    stop = asyncio.Event()

    def interrupt() -> None:
        runner.hurry()  # somebody sits there and waits
        stop.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, interrupt)
    return stop
