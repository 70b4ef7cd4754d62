"""The first step: put the queued orders of an asset into a batch when there are enough of them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

import structlog

from application.orders.batch_step import Clearing
from application.orders.house import both_in_ledger
from application.orders.ports.orders import Bounds, Queue
from application.orders.ports.repositories import OrdersRepositories
from application.orders.refund_queued import RefundQueued
from application.orders.venue_offers import Offer, VenueOffers
from domain.currency import Currency
from domain.decimals import EXACT, plain
from domain.errors import DatabaseUnavailable
from domain.orders.batch import Batch
from domain.orders.clearing_asset import AfterWait, ClearingAsset
from domain.orders.sizing import capacity_of, smallest_value
from domain.orders.terms import floored
from domain.wallets.wallet import asset_of

# A queue that was too small is compared with the price again when it has grown, or after this time.
COMPARE_AGAIN_SECONDS = 15.0
# Where no venue could buy, or the batch before bought nothing, they are asked again after this time.
ASK_AGAIN_SECONDS = 5.0
# Of a queue, at each look; usually these are enough for a batch, or all that there are.
MOST_SUMMED = 2000
# However often forming a batch failed, it may have as many orders.
FEWEST_ORDERS = 1000

# Where the asset says buy after the wait, an order that could not be bought for so many times as long, because of a
# halt or the price band, is refunded: none is left hanging.
WAITS_UNTIL_REFUND = 2

log = structlog.get_logger()


class _TooSmall(Exception):
    """Orders were cancelled while the batch was formed; what was left is not enough."""


class Room(NamedTuple):
    """How much a venue can sell, in smallest units."""

    funded: int
    at_once: int


class _SmallQueue(NamedTuple):
    """How much was queued when it was too little; with `buys`, too little for any purchase at all."""

    units: int
    at: float
    buys: bool


class FormBatches:
    """Prices and rules are read before the transaction, since they come over the network."""

    def __init__(self, clearing: Clearing) -> None:
        self._clearing = clearing
        self._offers = VenueOffers(clearing)
        self._refund_queued = RefundQueued(clearing)
        self._ask_again_at: dict[Currency, float] = {}
        self._too_small: dict[Currency, _SmallQueue] = {}
        self._most_orders = clearing.limits.max_batch_orders

    async def __call__(self, asset: ClearingAsset, queue: Queue, *, is_halted: bool) -> bool:
        """Refund what waited too long or costs too much by now, or form a batch if it is due.

        Return whether anything was done.
        """
        waited = self._clearing.clock.now() - queue.oldest_at
        buys = waited > asset.max_wait_seconds and asset.after_wait is AfterWait.BUY
        patience = asset.max_wait_seconds * (1 if asset.after_wait is AfterWait.REFUND else WAITS_UNTIL_REFUND)
        if waited > patience and await self._refund_queued.waiting(asset, patience):
            return True
        if is_halted or self._is_waiting_for_offers(asset) or self._was_too_small(queue, buys=buys):
            return False
        reasons = list[str]()
        offers = await self._offers(asset, reasons, lambda offer: self._room(asset, offer).at_once >= queue.units)
        if not offers:
            return self._wait_for_offers(asset, reasons)
        offer = max(offers, key=lambda each: self._room(asset, each).funded)
        return await self._form_at(asset, queue, offer, buys=buys)

    def _room(self, asset: ClearingAsset, offer: Offer) -> Room:
        """Return what the venue can sell in smallest units: in all, and in one order."""
        band = self._clearing.limits.price_band_percent
        capacity, bought = capacity_of(offer.funds, offer.ask.price, offer.rules, band), asset_of(asset.code)
        return Room(floored(bought, capacity.funded), floored(bought, capacity.at_once))

    async def _form_at(self, asset: ClearingAsset, queue: Queue, offer: Offer, *, buys: bool) -> bool:
        smallest = 0 if buys else _smallest_units(asset.threshold, offer)
        if queue.units < smallest and not await self._is_more(queue, smallest):
            return self._note_too_small(queue, buys=buys)
        if await self._refund_queued.beyond_band(asset, offer.ask):
            return True
        room = self._room(asset, offer)
        if queue.units > room.at_once:  # so a full batch may be less than the threshold
            smallest = min(smallest, _smallest_units(Decimal(0), offer))
            await self._warn_of_larger(asset, room.funded, offer)
        try:
            return await self._form(asset, offer, room, smallest)
        except _TooSmall:
            log.info("batch_too_small", asset=asset.code, queued=queue.orders)
            return self._note_too_small(queue, buys=buys)

    async def _is_more(self, queue: Queue, smallest: int) -> bool:
        """Tell whether enough is queued after all, where so many are that only the oldest were added up."""
        if queue.orders < MOST_SUMMED:
            return False
        async with self._clearing.database.reading() as unit:
            return any(each.asset == queue.asset and each.units >= smallest for each in await unit.orders.queues())

    async def _warn_of_larger(self, asset: ClearingAsset, units: int, offer: Offer) -> None:
        async with self._clearing.database.reading() as unit:
            orders = await unit.orders.count_larger(asset.code, units)
        if orders:
            funds = f"{plain(offer.funds)} {asset.clear_with}"
            log.warning("orders_exceed_funds", asset=asset.code, orders=orders, venue=offer.broker.venue, funds=funds)

    def _note_too_small(self, queue: Queue, *, buys: bool) -> bool:
        self._too_small[queue.asset] = _SmallQueue(queue.units, self._clearing.elapsed(), buys)
        return False

    def _wait_for_offers(self, asset: ClearingAsset, reasons: Iterable[str]) -> bool:
        for reason in reasons:
            log.warning("venue_cannot_buy", asset=asset.code, reason=reason)
        self._ask_again_at[asset.code] = self._clearing.elapsed() + ASK_AGAIN_SECONDS
        return False

    def _is_waiting_for_offers(self, asset: ClearingAsset) -> bool:
        return self._clearing.elapsed() < self._ask_again_at.get(asset.code, 0.0)

    def _was_too_small(self, queue: Queue, *, buys: bool) -> bool:
        known = self._too_small.get(queue.asset)
        if known is None or (buys and not known.buys):
            return False
        return 0 < queue.units <= known.units and self._clearing.elapsed() - known.at < COMPARE_AGAIN_SECONDS

    async def _form(self, asset: ClearingAsset, offer: Offer, room: Room, smallest: int) -> bool:
        """Form a batch: of as many orders as may be, or worth enough. Raises `_TooSmall`."""
        clearing, batch_id = self._clearing, self._clearing.new_id()
        now, most = clearing.clock.now(), self._most_orders

        async def work(unit: OrdersRepositories) -> int:
            pause = await self._pause_left(unit, asset, now)
            if pause > 0:
                self._ask_again_at[asset.code] = clearing.elapsed() + min(pause, ASK_AGAIN_SECONDS)
                return 0
            bought, clear_with = await both_in_ledger(unit, asset.pair)
            if not await unit.batches.add(Batch(batch_id, bought, clear_with, 0, 0, 0, now)):
                return 0
            bounds = Bounds(most, room.at_once, room.funded, clearing.band(offer.ask, bought, clear_with))
            orders, wanted, cost = await unit.orders.batch_queued(asset.code, batch_id, now, bounds)
            if not orders or (wanted < smallest and orders < most):
                raise _TooSmall
            await unit.batches.save(Batch(batch_id, bought, clear_with, orders, wanted, cost, now))
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

    async def _pause_left(self, unit: OrdersRepositories, asset: ClearingAsset, now: float) -> float:
        """Return how long to wait yet, because the batch before bought nothing a while ago."""
        last = await unit.batches.find_last_done(asset.code)
        if last is None or last.finished_at is None or last.received or now < last.finished_at:
            return 0.0
        return self._clearing.limits.seconds_after_nothing(last.pauses) - (now - last.finished_at)


def _smallest_units(threshold: Decimal, offer: Offer) -> int:
    """Return how much must be queued, for the threshold and the venue's minimum."""
    value = smallest_value(threshold, offer.ask.price, offer.rules)
    return int(EXACT.scaleb(value, asset_of(offer.rules.pair.base).scale) // offer.ask.price)


def is_halted(halts: Mapping[Currency | None, object], asset: Currency) -> bool:
    """Tell whether the asset, or all clearing, is halted."""
    return None in halts or asset in halts
