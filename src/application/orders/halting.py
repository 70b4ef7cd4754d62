"""Halt clearing, by hand or because something is wrong."""

import structlog

from application.orders.ports.repositories import OrdersRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.orders.clearing_asset import Halt

BY_CLEARING = "clearing"
MAX_REASON_LENGTH = 255

log = structlog.get_logger()


async def halt(unit: OrdersRepositories, asset: Currency | None, reason: str, by: str, now: float) -> bool:
    """Halt clearing of an asset, or with None of all; return False if it was halted before."""
    is_new = await unit.clearing_halts.add(Halt(asset, reason[:MAX_REASON_LENGTH], by, now))
    if is_new:
        log.error("clearing_halted", asset=asset or "all", reason=reason, by=by)
    return is_new


class HaltClearing:
    """For admins: halt and resume. What is on its way to a venue is still finished while clearing is halted."""

    def __init__(self, *, database: Database[OrdersRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def halt(self, asset: Currency | None, reason: str, by: str) -> bool:
        """Halt one asset, or all; return False if it was halted before."""
        now = self._clock.now()
        return await self._database.write(lambda unit: halt(unit, asset, reason, by, now))

    async def resume(self, asset: Currency | None, by: str) -> bool:
        """End the halt of one asset, or the one of all; return whether there was one."""
        is_resumed = await self._database.write(lambda unit: unit.clearing_halts.remove(asset))
        if is_resumed:
            log.warning("clearing_resumed", asset=asset or "all", by=by)
        return is_resumed
