"""A share of an exchange's symbols, and the connection that streams them: always one, two during a rotation."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from application.market_data.feeds.live_connection import LiveConnection
from application.market_data.feeds.reconnecting import Backoff
from application.market_data.ports.feed_meter import FeedMeter
from domain.rates.errors import ExchangeUnavailable, FailureReason

# Exchanges end connections after 24 hours. Random, so that those of many processes do not end together.
ROTATE_AFTER_SECONDS = 20 * 3600.0, 23 * 3600.0

# Whether the exchange has announced the end of a connection is looked up this often.
LOOK_EVERY_SECONDS = 0.25

# For connecting, subscribing and the confirmations.
READY_WITHIN_SECONDS = 30.0

# So long the last connection may take to prove that it has brought all from before the next one began to stream.
HANDED_OVER_WITHIN_SECONDS = 5.0

HAND_OVER_LOOK_SECONDS = 0.05

# After an unexpected exception, so that repeated ones cannot fill the log.
RESTART_AFTER_SECONDS = 60.0

log = structlog.get_logger()


class ConnectionSlot:
    """Keeps one connection open. The next one is ready before the last one is closed, unless that was lost."""

    def __init__(
        self,
        *,
        exchange: str,
        symbols: list[str],
        create: Callable[[list[str]], LiveConnection],
        permission: Callable[[], Awaitable[None]],
        on_failure: Callable[[ExchangeUnavailable], Awaitable[None]],
        uniform: Callable[[float, float], float],
        meter: FeedMeter,
    ) -> None:
        """`create` makes a connection, once `permission` returns; that may raise `ExchangeUnavailable`."""
        self.symbols = symbols
        self.current: LiveConnection | None = None
        self._exchange = exchange
        self._create = create
        self._permission = permission
        self._on_failure = on_failure
        self._uniform = uniform
        self._meter = meter
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._was_ready = False
        self._is_reported = False

    @property
    def subscribed(self) -> int:
        """To how many symbols a connection of this slot is subscribed, or will be."""
        return len({*self.symbols, *(() if self.current is None else self.current.symbols)})

    async def keep(self) -> None:
        """Keep a connection until cancelled."""
        backoff = Backoff(self._uniform)
        try:
            while True:
                failure, lasted_seconds = await self._once()
                if failure is not None:
                    self._report(failure)
                    await self._on_failure(failure)
                    await asyncio.sleep(backoff.seconds_after(failure, lasted_seconds))
        finally:
            for task in self._tasks.values():
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks.values())

    async def _once(self) -> tuple[ExchangeUnavailable | None, float]:
        """Open the next connection, and use it until it is to be replaced; return why it was lost and its duration."""
        loop = asyncio.get_running_loop()
        try:
            await self._permission()
            connection = await self._ready()
        except ExchangeUnavailable as failure:
            self._forget_lost()
            return failure, 0.0
        began_at, last = loop.time(), self.current
        if last is not None:
            await self._hand_over(last, connection)
        self._replace(last, connection)
        await self._use(connection, loop.time() + self._uniform(*ROTATE_AFTER_SECONDS))
        self._forget_lost()
        if self.current is connection:
            return None, 0.0
        lost = ExchangeUnavailable(self._exchange, FailureReason.NETWORK, "its stream ended")
        return connection.failure or lost, loop.time() - began_at

    async def _ready(self) -> LiveConnection:
        connection = self._create(list(self.symbols))
        task = self._tasks[connection.generation] = asyncio.create_task(connection.run())
        await asyncio.wait([task, connection.ready], timeout=READY_WITHIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if connection.ready.done() and not task.done():
            return connection
        await self._stop(connection)
        detail = f"its stream was not ready within {READY_WITHIN_SECONDS:.0f} s"
        raise connection.failure or ExchangeUnavailable(self._exchange, FailureReason.TIMEOUT, detail)

    async def _hand_over(self, last: LiveConnection, connection: LiveConnection) -> None:
        """Let the next connection stand for what the last one covers, once nothing from before it is unread."""
        loop, tasks = asyncio.get_running_loop(), [self._tasks[each.generation] for each in (last, connection)]
        until = loop.time() + HANDED_OVER_WITHIN_SECONDS
        while _is_worth_waiting_for(last, connection) and loop.time() < until:
            await asyncio.wait(tasks, timeout=HAND_OVER_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if last.is_open and last.is_covered and _is_complete(last, connection):
            connection.is_covered = True  # though proved only by itself: it may not have read what the last one had

    def _replace(self, last: LiveConnection | None, connection: LiveConnection) -> None:
        self.current = connection
        self._meter.connected(self._exchange)
        if last is not None:
            self._tasks[last.generation].cancel()
        if not self._was_ready:
            self._was_ready, self._is_reported = True, False
            log.info("feed_connected", exchange=self._exchange, symbols=len(connection.symbols))

    async def _use(self, connection: LiveConnection, until: float) -> None:
        loop, task = asyncio.get_running_loop(), self._tasks[connection.generation]
        while not task.done() and not connection.is_ending and loop.time() < until:
            await asyncio.wait([task], timeout=LOOK_EVERY_SECONDS)

    async def _stop(self, connection: LiveConnection) -> None:
        task = self._tasks.pop(connection.generation)
        task.cancel()
        await asyncio.wait([task])
        self._log_unexpected(task)

    def _forget_lost(self) -> None:
        for generation, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[generation]
                self._log_unexpected(task)
                if self.current is not None and self.current.generation == generation:
                    self.current = None

    def _log_unexpected(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:  # a bug must not end the feed
            log.error("feed_failed", exchange=self._exchange, exc_info=task.exception())

    def _report(self, failure: ExchangeUnavailable) -> None:
        self._meter.connection_lost(self._exchange)
        if self._is_reported or self.current is not None:
            return
        self._is_reported = True
        why = {"reason": failure.reason.value, "detail": failure.detail}
        if self._was_ready:
            log.warning("feed_lost", exchange=self._exchange, **why)
        else:  # as where a simulated exchange streams nothing: nobody needs to do anything
            log.info("feed_unavailable", exchange=self._exchange, **why)
        self._was_ready = False


def _is_worth_waiting_for(last: LiveConnection, connection: LiveConnection) -> bool:
    return last.is_open and last.is_covered and connection.is_open and not _is_complete(last, connection)


def _is_complete(last: LiveConnection, connection: LiveConnection) -> bool:
    """Tell whether the last connection has brought all that was sent before the next one was subscribed."""
    if last.proved_at is None or connection.confirmed_at is None:
        return False
    return last.proved_at >= connection.confirmed_at
