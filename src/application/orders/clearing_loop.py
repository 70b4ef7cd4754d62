"""Clear orders until told to stop."""

import asyncio

import structlog

from application.concurrency.cooperative import yield_to_event_loop
from application.concurrency.waiting import wait_until_set
from application.orders.clear_orders import PAUSE_AFTER_FAILURE_SECONDS, ClearOrders
from domain.errors import DatabaseUnavailable

log = structlog.get_logger()


class ClearingLoop:
    """Steps as long as there is something to do, and looks again after an interval."""

    def __init__(self, clear_orders: ClearOrders, *, interval_seconds: float) -> None:
        self._clear_orders = clear_orders
        self._interval_seconds = interval_seconds
        self._is_failing = False

    async def run(self, stop: asyncio.Event) -> None:
        """Return when `stop` is set, after the steps that are under way. A failed step is repeated later.

        No step goes on after this was cancelled: it would meet a database that is closed.
        """
        try:
            await self._step_until(stop)
            await self._clear_orders.finish()
        finally:
            await self._clear_orders.cancel()

    async def _step_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                did_something = await self._clear_orders.step()
            except DatabaseUnavailable as error:
                self._note(str(error))
                await wait_until_set(stop, PAUSE_AFTER_FAILURE_SECONDS)
                continue
            except Exception:
                log.exception("clearing_failed")
                await wait_until_set(stop, PAUSE_AFTER_FAILURE_SECONDS)
                continue
            self._is_failing = False
            if did_something:
                await yield_to_event_loop()
            else:
                await wait_until_set(stop, self._interval_seconds)

    def _note(self, reason: str) -> None:
        """Log it once until a step succeeds."""
        if not self._is_failing:
            log.warning("clearing_interrupted", reason=reason)
        self._is_failing = True
