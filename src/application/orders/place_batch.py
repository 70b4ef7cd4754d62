"""Choose a venue for a batch, store what is sent, and only then send it: once."""

import structlog

from application.orders.ask_venue import AskVenue
from application.orders.batch_step import Clearing
from application.orders.clearing_limits import pause_seconds
from application.orders.loss_limit import Expected, halt_beyond_loss_limit
from application.orders.open_venue import OpenVenue
from application.orders.ports.repositories import OrdersRepositories
from application.orders.venue_activity import quiet_lease
from application.orders.venue_offers import Offer, VenueOffers
from domain.decimals import EXACT
from domain.orders.attempt import Attempt, AttemptOutcome, client_order_id, may_still_send
from domain.orders.batch import Batch
from domain.orders.clearing_asset import ClearingAsset, Rest
from domain.orders.errors import (
    OrderRefused,
    PlacementUnknown,
    VenueFundsTooLow,
)
from domain.orders.sizing import Size, is_affordable, size_of
from domain.orders.terms import FirmPrice, ceiled, floored
from domain.orders.venue_order import MarketRules, VenueOrder

# While a venue is kept quiet.
QUIET_PAUSE_SECONDS = 0.5

log = structlog.get_logger()


class PlaceBatch:
    """Another venue is tried only where nothing was sent, or where the one before has decided against the order."""

    def __init__(self, clearing: Clearing, ask_venue: AskVenue) -> None:
        self._clearing = clearing
        self._ask_venue = ask_venue
        self._offers = VenueOffers(clearing)
        self._open_venue = OpenVenue(clearing.database, clearing.clock)

    async def __call__(self, batch: Batch, asset: ClearingAsset) -> None:
        """Make an attempt of a batch that has none, or whose last one is known to have failed. Raises `ClaimLost`."""
        reasons = list[str]()
        offers = await self._offers(asset, reasons, lambda each: self._is_affordable(batch, each), skip=batch.attempts)
        if not offers:
            return await self._wait(batch, "; ".join(reasons))
        offer = offers[-1]
        if not self._is_affordable(batch, offer):
            return await self._clearing.dissolve(batch, f"no venue holds enough {batch.clear_with.code} for it")
        if await self._has_orders_beyond_band(batch, offer.ask):
            return await self._clearing.dissolve(batch, "the price rose beyond the band of some of its orders")
        if not await self._open_venue(offer.broker, batch.pair):
            return await self._wait(batch, f"{offer.broker.venue} cannot tell now what it held before")
        placed = batch.place(offer.broker.venue, self._clearing.clock.now(), _smallest_rest(batch, offer.rules))
        attempt = self._attempt(placed, offer)
        if await self._store(batch, placed, attempt, offer):
            await self._send(placed, attempt, offer, is_rest_refunded=asset.rest is Rest.REFUND)
        return None

    async def _store(self, batch: Batch, placed: Batch, attempt: Attempt, offer: Offer) -> bool:
        """Commit the attempt, which may be sent then; return False where it must not be."""
        clearing, expected = self._clearing, _expected(batch, attempt, offer)

        async def work(unit: OrdersRepositories) -> bool:
            now = clearing.clock.now()
            if await unit.leases.is_held(quiet_lease(attempt.venue), now):
                await unit.batches.save(batch.put_off(now + QUIET_PAUSE_SECONDS, "the venue is being reconciled"))
                return False
            if await halt_beyond_loss_limit(clearing, unit, batch, now, expected):
                await unit.batches.save(batch.dissolve("it would lose more than the loss limit"))
                return False
            await unit.batches.save(placed, release=False)
            await unit.batches.add_attempt(attempt)
            return True

        is_stored = await clearing.database.write(work)
        if is_stored:
            self._ask_venue.watch(attempt)
            id_ = attempt.order.client_order_id
            log.info("attempt_stored", batch=str(batch.id), venue=attempt.venue, id=id_)
        return is_stored

    async def _send(self, batch: Batch, attempt: Attempt, offer: Offer, *, is_rest_refunded: bool) -> None:
        """Send the stored order: only here, and only by the worker that has just stored it."""
        ask_venue, broker = self._ask_venue, offer.broker
        if not may_still_send(attempt.order, self._clearing.elapsed() - offer.asked_at):
            return await ask_venue.decided(batch, attempt, AttemptOutcome.NOT_SENT, "storing it took too long")
        try:
            report = await broker.place(attempt.order)
        except VenueFundsTooLow as error:
            log.warning("venue_lacks_funds", asset=batch.asset.code, venue=attempt.venue, reason=str(error))
            return await ask_venue.decided(batch, attempt, AttemptOutcome.REFUSED, str(error), lacks_funds=True)
        except OrderRefused as error:
            if error.passes_by_itself:
                pause = pause_seconds(attempt.number)
                return await ask_venue.decided(batch, attempt, AttemptOutcome.NOT_SENT, str(error), pause)
            return await ask_venue.decided(batch, attempt, AttemptOutcome.REFUSED, str(error))
        except PlacementUnknown as error:
            log.warning("placement_unknown", batch=str(batch.id), venue=attempt.venue, reason=str(error))
            return await self._clearing.put_off(batch, str(error))
        return await ask_venue.reported(batch, attempt, broker, report, is_rest_refunded=is_rest_refunded)

    def _attempt(self, batch: Batch, offer: Offer) -> Attempt:
        now, limits, size = self._clearing.clock.now(), self._clearing.limits, self._size(batch, offer)
        order = VenueOrder(
            client_order_id(batch.id, batch.attempts),
            offer.rules.symbol,
            batch.pair,
            size.quantity,
            size.limit_price,
            offer.time_ms,
            limits.receive_window_ms,
        )
        return Attempt(batch.id, batch.attempts, offer.broker.venue, order, now)

    def _size(self, batch: Batch, offer: Offer) -> Size:
        wanted, band = batch.asset.amount_of(batch.wanted), self._clearing.limits.price_band_percent
        return size_of(wanted, offer.ask.price, offer.rules, band)

    def _is_affordable(self, batch: Batch, offer: Offer) -> bool:
        return is_affordable(self._size(batch, offer), offer.funds)

    async def _has_orders_beyond_band(self, batch: Batch, ask: FirmPrice) -> bool:
        """Tell whether the price has risen since the batch was formed, too far for any one of its orders."""
        async with self._clearing.database.reading() as unit:
            band = self._clearing.band(ask, batch.asset, batch.clear_with)
            return await unit.orders.has_beyond(batch.asset.code, batch.id, band)

    async def _wait(self, batch: Batch, reason: str) -> None:
        clearing = self._clearing
        since = max(batch.formed_at, batch.placing_at or 0.0)
        if clearing.clock.now() - since > clearing.limits.stuck_after_seconds:
            await clearing.dissolve(batch, reason)
        else:
            await clearing.put_off(batch, reason)


def _expected(batch: Batch, attempt: Attempt, offer: Offer) -> Expected:
    """Return what the purchase costs by the ask, and what as much of the orders cost when they were accepted."""
    quantity, kept = attempt.order.quantity, EXACT.subtract(1, offer.rules.taker_fee)
    paid = ceiled(batch.clear_with, EXACT.multiply(quantity, offer.ask.price))
    received = min(batch.wanted, floored(batch.asset, EXACT.multiply(quantity, kept)))
    return Expected(paid, batch.market_cost * received // batch.wanted)


def _smallest_rest(batch: Batch, rules: MarketRules) -> int:
    return ceiled(batch.asset, rules.lot_size) if rules.lot_size else 0
