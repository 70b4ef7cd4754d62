"""Find out what became of an attempt that may have been sent. Nothing is ever sent here."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from application.orders.batch_step import Also, Clearing, nothing_else
from application.orders.halting import BY_CLEARING, halt
from application.orders.ports.broker import Broker
from application.orders.ports.repositories import OrdersRepositories
from application.orders.record_trade import record_trade
from domain.orders.attempt import Attempt, AttemptOutcome, is_absence_decisive
from domain.orders.batch import Batch
from domain.orders.errors import BrokerUnavailable, FillBelongsToAnotherBatch
from domain.orders.venue_order import Fill, VenueReport, VenueStatus

log = structlog.get_logger()


class AskVenue:
    """Asks by client order id, at the venue that the attempt names, until the answer is decisive.

    It remembers since when it knows of an attempt, by a clock that is never set. A new process begins anew.
    """

    def __init__(self, clearing: Clearing) -> None:
        self._clearing = clearing
        self._watched_since: dict[UUID, tuple[int, float]] = {}

    def watch(self, attempt: Attempt) -> None:
        """Know of the attempt from now on: it has just been stored, or seen."""
        self._watched_since[attempt.batch_id] = attempt.number, self._clearing.elapsed()

    def retain(self, batch_ids: Collection[UUID]) -> None:
        """Forget the attempts of all other batches: somebody else has decided them."""
        self._watched_since = {id_: known for id_, known in self._watched_since.items() if id_ in batch_ids}

    async def __call__(self, batch: Batch, attempt: Attempt, *, is_rest_refunded: bool) -> None:
        """Ask once, and store what that tells. Raises `ClaimLost`."""
        watched_seconds = self._watched_seconds(attempt)
        broker = self._clearing.brokers.get(attempt.venue)
        if broker is None:
            return await self._undecided(batch, attempt, f"there is no broker for {attempt.venue}")
        try:
            venue_time_ms = await broker.time_ms()
            report = await broker.find(attempt.order)
        except BrokerUnavailable as error:
            return await self._undecided(batch, attempt, str(error))
        if report is not None:
            return await self.reported(batch, attempt, broker, report, is_rest_refunded=is_rest_refunded)
        if is_absence_decisive(attempt.order, venue_time_ms, watched_seconds):
            return await self.decided(batch, attempt, AttemptOutcome.ABSENT, f"{attempt.venue} never had the order")
        return await self._undecided(batch, attempt, f"{attempt.venue} does not have the order yet")

    async def reported(
        self, batch: Batch, attempt: Attempt, broker: Broker, report: VenueReport, *, is_rest_refunded: bool
    ) -> None:
        """Store what the venue says of the order: its trades, once it is done. Raises `ClaimLost`."""
        attempt = replace(attempt, venue_order_id=report.venue_order_id)
        if report.status is VenueStatus.OPEN:
            return await self._undecided(batch, attempt, f"{attempt.venue} is still executing the order")
        try:
            fills = await _fills(broker, attempt, report)
        except BrokerUnavailable as error:
            return await self._undecided(batch, attempt, str(error))
        try:
            await record_trade(self._clearing, batch, attempt, fills, is_rest_refunded=is_rest_refunded)
        except FillBelongsToAnotherBatch as error:
            await self._contradicted(batch, str(error))
        self._forget(attempt)
        return None

    async def decided(
        self,
        batch: Batch,
        attempt: Attempt,
        outcome: AttemptOutcome,
        reason: str,
        pause_seconds: float = 0.0,
        *,
        lacks_funds: bool = False,
        also: Also = nothing_else,
    ) -> None:
        """Store that the attempt was not executed and never will be. Raises `ClaimLost`.

        For lack of funds the batch is dissolved: the next one may cost less.
        """
        clearing, reason = self._clearing, reason[:255]
        batch = replace(batch, stuck_since=None)
        due_at = clearing.clock.now() + pause_seconds

        async def work(unit: OrdersRepositories) -> None:
            refusals = await _refusals_before(unit, batch) + 1 if lacks_funds else 0
            later = batch.dissolve(reason, pauses=refusals) if lacks_funds else batch.put_off(due_at, reason)
            await unit.batches.save(later)
            await unit.batches.save_attempt(replace(attempt, outcome=outcome, reason=reason))
            await also(unit)

        await clearing.database.write(work)
        clearing.meter.attempt_decided(attempt.venue, outcome.value)
        log.warning("attempt_failed", batch=str(batch.id), venue=attempt.venue, outcome=outcome.value, reason=reason)
        self._forget(attempt)

    async def _undecided(self, batch: Batch, attempt: Attempt, reason: str) -> None:
        clearing, limit = self._clearing, self._clearing.limits.stuck_after_seconds
        now = clearing.clock.now()
        if batch.stuck_since is None and max(now - attempt.created_at, self._watched_seconds(attempt)) > limit:
            batch = replace(batch, stuck_since=now)
            log.error("batch_stuck", batch=str(batch.id), venue=attempt.venue, reason=reason)
        await clearing.put_off(batch, reason, attempt if attempt.venue_order_id is not None else None)

    async def _contradicted(self, batch: Batch, reason: str) -> None:
        """Leave the batch to an admin, and clear nothing more of the asset until then."""
        clearing, now = self._clearing, self._clearing.clock.now()
        stuck = replace(batch, stuck_since=now).put_off(now + 3600, reason)

        async def work(unit: OrdersRepositories) -> None:
            await unit.batches.save(stuck)
            await halt(unit, batch.asset.code, reason, BY_CLEARING, now)

        await clearing.database.write(work)
        log.error("batch_stuck", batch=str(batch.id), reason=reason)

    def _watched_seconds(self, attempt: Attempt) -> float:
        """Return for how many seconds this process has known the attempt, from now on if it does not yet."""
        number, _ = self._watched_since.get(attempt.batch_id, (0, 0.0))
        if number != attempt.number:
            self.watch(attempt)
        return self._clearing.elapsed() - self._watched_since[attempt.batch_id][1]

    def _forget(self, attempt: Attempt) -> None:
        self._watched_since.pop(attempt.batch_id, None)


async def _refusals_before(unit: OrdersRepositories, batch: Batch) -> int:
    """Return how many batches before this one, in a row, bought nothing because venues lack funds."""
    last = await unit.batches.find_last_done(batch.asset.code)
    return 0 if last is None or last.received else last.pauses


async def _fills(broker: Broker, attempt: Attempt, report: VenueReport) -> Sequence[Fill]:
    if not report.quantity:
        return ()
    fills = await broker.fills(attempt.order, report)
    if sum(fill.quantity for fill in fills) != report.quantity:
        raise BrokerUnavailable(f"{broker.venue} does not show all trades of the order yet")
    return fills
