"""The first step: put the queued orders of an asset into a batch when there are enough of them."""

from collections.abc import Mapping

import structlog

from application.orders.batch_step import Clearing
from application.orders.house import asset_in_ledger
from application.orders.place_batch import PlaceBatch
from application.orders.ports.orders import Queue
from application.orders.ports.repositories import OrdersRepositories
from application.orders.refunds import refund_orders
from domain.currency import Currency
from domain.decimals import EXACT
from domain.errors import DatabaseUnavailable
from domain.orders.batch import Batch
from domain.orders.clearing_asset import AfterWait, ClearingAsset
from domain.orders.sizing import smallest_value
from domain.wallets.wallet import asset_of

# A queue that was too small is compared with the price again when it has grown, or after this time.
COMPARE_AGAIN_SECONDS = 15.0
# However often forming a batch failed, it may have as many orders.
FEWEST_ORDERS = 1000

# Where the asset says buy after the wait, an order that could not be bought for so many times as long, because of a
# halt or the price band, is refunded: none is left hanging.
WAITS_UNTIL_REFUND = 2

log = structlog.get_logger()


class _TooSmall(Exception):
    """Orders were cancelled while the batch was formed; what was left is not enough."""


class FormBatches:
    """Prices and rules are read before the transaction, since they come over the network."""

    def __init__(self, clearing: Clearing, venues: PlaceBatch) -> None:
        self._clearing = clearing
        self._venues = venues
        self._too_small: dict[Currency, tuple[int, float]] = {}
        self._most_orders = clearing.limits.max_batch_orders

    async def __call__(self, asset: ClearingAsset, queue: Queue, *, is_halted: bool) -> bool:
        """Refund what waited too long, or form a batch if it is due; return whether anything was done."""
        waited = self._clearing.clock.now() - queue.oldest_at
        has_waited = waited > asset.max_wait_seconds
        patience = 1 if asset.after_wait is AfterWait.REFUND else WAITS_UNTIL_REFUND
        if waited > patience * asset.max_wait_seconds and await self._refund(asset, patience * asset.max_wait_seconds):
            return True
        buys = has_waited and asset.after_wait is AfterWait.BUY
        if is_halted or (self._was_too_small(queue) and not buys):
            return False
        smallest = 0 if buys else await self._smallest_units(asset)
        if smallest is None or queue.units < smallest:
            self._too_small[queue.asset] = queue.units, self._clearing.elapsed()
            return False
        try:
            return await self._form(asset, smallest)
        except _TooSmall:
            log.info("batch_too_small", asset=asset.code, queued=queue.orders)
            self._too_small[queue.asset] = queue.units, self._clearing.elapsed()
            return False

    def _was_too_small(self, queue: Queue) -> bool:
        units, at = self._too_small.get(queue.asset, (0, 0.0))
        return 0 < queue.units <= units and self._clearing.elapsed() - at < COMPARE_AGAIN_SECONDS

    async def _smallest_units(self, asset: ClearingAsset) -> int | None:
        """Return how much must be queued, None if no venue can buy now."""
        offer = await self._venues.offer(asset, [])
        if offer is None:
            return None
        value = smallest_value(asset.threshold, offer.ask.price, offer.rules)
        return int(EXACT.scaleb(value, asset_of(asset.code).scale) // offer.ask.price)

    async def _form(self, asset: ClearingAsset, smallest: int) -> bool:
        """Form a batch: of as many orders as may be, or worth enough. Raises `_TooSmall`."""
        clearing, batch_id = self._clearing, self._clearing.new_id()
        now, most = clearing.clock.now(), self._most_orders

        async def work(unit: OrdersRepositories) -> int:
            if await self._is_pausing(unit, asset, now):
                return 0
            bought = await asset_in_ledger(unit, asset.code)
            empty = Batch(batch_id, bought, await asset_in_ledger(unit, asset.clear_with), 0, 0, 0, now)
            if not await unit.batches.add(empty):
                return 0
            orders, wanted, cost = await unit.orders.batch_queued(asset.code, batch_id, now, most)
            if not orders or (wanted < smallest and orders < most):
                raise _TooSmall
            await unit.batches.save(Batch(batch_id, bought, empty.clear_with, orders, wanted, cost, now))
            return orders

        try:
            orders = await clearing.database.write(work)
        except DatabaseUnavailable:
            # A statement over so many rows may take longer than a busy database allows; fewer are taken next time.
            self._most_orders = max(FEWEST_ORDERS, self._most_orders // 2)
            raise
        if orders:
            self._most_orders = min(2 * most, clearing.limits.max_batch_orders)
            clearing.meter.batch_formed(asset.code, orders)
            log.info("batch_formed", batch=str(batch_id), asset=asset.code, orders=orders)
        return bool(orders)

    async def _is_pausing(self, unit: OrdersRepositories, asset: ClearingAsset, now: float) -> bool:
        """Tell whether the batch before bought nothing, a moment ago."""
        last = await unit.batches.find_last_done(asset.code)
        if last is None or last.finished_at is None or last.received:
            return False
        return 0 <= now - last.finished_at < self._clearing.limits.pause_seconds

    async def _refund(self, asset: ClearingAsset, seconds: float) -> bool:
        clearing, now = self._clearing, self._clearing.clock.now()
        reason = f"waited longer than {seconds:g} seconds until enough {asset.code} could be bought"

        async def work(unit: OrdersRepositories) -> int:
            orders = await unit.orders.lock_queued_before(asset.code, now - seconds, clearing.limits.chunk)
            if orders:
                await refund_orders(unit, orders, reason, now)
            return len(orders)

        refunded = await clearing.database.write(work)
        if refunded:
            clearing.meter.orders_ended(asset.code, "refunded", refunded)
            log.info("waiting_orders_refunded", asset=asset.code, orders=refunded)
        return bool(refunded)


def is_halted(halts: Mapping[Currency | None, object], asset: Currency) -> bool:
    """Tell whether the asset, or all clearing, is halted."""
    return None in halts or asset in halts
