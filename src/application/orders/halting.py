"""Halt clearing, by hand or because something is wrong."""

import structlog

from application.orders.ports.repositories import OrdersRepositories
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
