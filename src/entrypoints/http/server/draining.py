"""How a server process ends without losing a request, and how connections without requests are closed."""

import asyncio
import contextlib
import select

import structlog
from aiohttp import web

from entrypoints.http.server.aiohttp_hooks import listening_sockets, watch_connections
from entrypoints.http.server.app_keys import FAST_LANE, LIFECYCLE, REQUEST_METER
from entrypoints.http.server.connections import CHECK_SECONDS, MAX_HEAD_BYTES, Connections, most_connections
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES
from entrypoints.settings.server import FINISH_SECONDS

# Longer than load balancers keep an idle connection (a minute, mostly), so that the service never closes one on which a
# request is under way.
KEEPALIVE_SECONDS = 75.0

# Between closing the listening socket and closing idle connections: the newest may have a request on its way.
LAST_REQUESTS_SECONDS = 0.25

log = structlog.get_logger()


class DrainingRunner(web.AppRunner):
    """Ends an application in three steps: announce it and go on, stop accepting, finish what is under way.

    Load balancers see readiness turn 503 and have `drain_seconds` to send requests elsewhere; meanwhile each answer
    asks the client to close its connection. `hurry` skips that time.
    """

    def __init__(self, app: web.Application, drain_seconds: float, max_connections_per_address: int = 0) -> None:
        super().__init__(app, access_log=None, keepalive_timeout=KEEPALIVE_SECONDS, shutdown_timeout=FINISH_SECONDS)
        self._drain_seconds = drain_seconds
        self._max_per_address = max_connections_per_address
        self._is_hurried = asyncio.Event()
        self._checking: asyncio.Task[None] | None = None

    async def setup(self) -> None:
        """Start the application."""
        await super().setup()
        app = self.app
        connections = Connections(
            most_connections(), self._max_per_address, app[TRUSTED_PROXIES], app[REQUEST_METER].connections_closed
        )
        if self.server is not None:
            watch_connections(self.server, connections, MAX_HEAD_BYTES, app.get(FAST_LANE))
        self._checking = asyncio.create_task(self._check_connections(connections))

    def hurry(self) -> None:
        """Skip the time for load balancers, now or at the coming stop."""
        self._is_hurried.set()

    async def cleanup(self) -> None:
        """End the application."""
        if self._checking is not None:
            self._checking.cancel()
            await self._drain()
            for site in self.sites:
                await _accept_pending_connections(site)
                await site.stop()
            await asyncio.sleep(LAST_REQUESTS_SECONDS)
        await super().cleanup()

    async def _drain(self) -> None:
        self.app[LIFECYCLE].drain()
        log.info("drain_started", seconds=0 if self._is_hurried.is_set() else self._drain_seconds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._drain_seconds):
                await self._is_hurried.wait()

    async def _check_connections(self, connections: Connections) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await connections.check()


async def _accept_pending_connections(site: web.BaseSite) -> None:
    """Accept until the kernel's queue is empty: closing the socket resets connections that still wait in it.

    Several workers share one queue, and the last one to close it decides.
    """
    queue = select.poll()
    for listening in listening_sockets(site):
        queue.register(listening.fileno(), select.POLLIN)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + LAST_REQUESTS_SECONDS
    while queue.poll(0) and loop.time() < deadline:  # noqa: ASYNC110 -- the kernel offers no event for this
        await asyncio.sleep(0)
