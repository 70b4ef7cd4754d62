"""Refund orders that will not be bought any more: a chunk of them at a time."""

from collections.abc import Awaitable, Callable

import structlog

from application.orders.batch_step import Clearing
from application.orders.house import both_in_ledger
from application.orders.ports.repositories import OrdersRepositories
from application.orders.refunds import refund_orders
from domain.decimals import plain
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.order import Order
from domain.orders.terms import FirmPrice

Due = Callable[[OrdersRepositories], Awaitable[list[Order]]]

log = structlog.get_logger()


class RefundQueued:
    """Each call returns whether any order was due, so that it is called again."""

    def __init__(self, clearing: Clearing) -> None:
        self._clearing = clearing

    async def waiting(self, asset: ClearingAsset, seconds: float) -> bool:
        """Refund what waited longer than so many seconds."""
        clearing, now = self._clearing, self._clearing.clock.now()
        reason = f"waited longer than {seconds:g} seconds until enough {asset.code} could be bought"

        async def due(unit: OrdersRepositories) -> list[Order]:
            return await unit.orders.lock_queued_before(asset.code, now - seconds, clearing.limits.chunk)

        return await self._refund(asset, due, reason, now, "waiting_orders_refunded")

    async def beyond_band(self, asset: ClearingAsset, ask: FirmPrice) -> bool:
        """Refund orders that would be bought at the house's loss by now; the others of the queue are bought."""
        clearing, now = self._clearing, self._clearing.clock.now()
        async with clearing.database.reading() as unit:
            band = clearing.band(ask, *await both_in_ledger(unit, asset.pair))
            if not await unit.orders.has_beyond(asset.code, None, band):
                return False
        percent = plain(clearing.limits.price_band_percent)
        reason = f"price moved: {asset.code} costs over {percent}% more than when the order was accepted"

        async def due(unit: OrdersRepositories) -> list[Order]:
            return await unit.orders.lock_queued_beyond(asset.code, band, clearing.limits.chunk)

        return await self._refund(asset, due, reason, now, "orders_beyond_band_refunded")

    async def _refund(self, asset: ClearingAsset, due: Due, reason: str, now: float, event: str) -> bool:
        clearing = self._clearing

        async def work(unit: OrdersRepositories) -> int:
            orders = await due(unit)
            if orders:
                await refund_orders(unit, orders, reason, now)
            return len(orders)

        refunded = await clearing.database.write(work)
        if refunded:
            clearing.meter.orders_ended(asset.code, "refunded", refunded)
            log.info(event, asset=asset.code, orders=refunded)
        return bool(refunded)
