"""Clear orders: whatever one step is due, for any asset. Any number of workers may do so at the same time."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from typing import NamedTuple

import structlog

from application.orders.ask_venue import AskVenue
from application.orders.batch_step import Clearing
from application.orders.form_batches import MOST_SUMMED, FormBatches, is_halted
from application.orders.halting import BY_CLEARING, halt
from application.orders.place_batch import PlaceBatch
from application.orders.ports.orders import Queue
from application.orders.ports.repositories import OrdersRepositories
from application.orders.settle_batch import SettleBatch
from domain.currency import Currency
from domain.errors import DatabaseUnavailable
from domain.orders.attempt import AttemptOutcome
from domain.orders.batch import MAX_ATTEMPTS, Batch, BatchStatus
from domain.orders.clearing_asset import ClearingAsset, Halt, Rest
from domain.orders.errors import ClaimLost

# What is due further ahead than any pause was put off before the clock was set back.
LATEST_DUE_SECONDS = 2 * 3600.0

MOST_AT_ONCE = 32
# After a step of an asset has failed. The others go on.
PAUSE_AFTER_FAILURE_SECONDS = 5.0
REPORT_SECONDS = 15.0
# After this time, assets whose step has ended go on without those whose step has not.
STEP_SECONDS = 0.2
# A step that takes so long hangs. It is less than a claim lasts.
LONGEST_STEP_SECONDS = 50.0

log = structlog.get_logger()


class _Seen(NamedTuple):
    """What there was to clear a moment ago, by asset."""

    assets: Mapping[Currency, ClearingAsset]
    batches: Mapping[Currency, Batch]
    queues: Mapping[Currency, Queue]
    halts: Mapping[Currency | None, Halt]


class ClearOrders:
    """Between steps, only the database keeps what counts for money, but for since when an attempt has been known.

    Assets proceed side by side, so that a venue that hangs holds up no asset but those that wait for it.
    """

    def __init__(self, clearing: Clearing) -> None:
        self._clearing = clearing
        self._ask_venue = AskVenue(clearing)
        self._place_batch = PlaceBatch(clearing, self._ask_venue)
        self._form_batches = FormBatches(clearing)
        self._settle_batch = SettleBatch(
            database=clearing.database, clock=clearing.clock, meter=clearing.meter, chunk=clearing.limits.chunk
        )
        self._running: dict[Currency, asyncio.Task[bool]] = {}
        self._put_off_until: dict[Currency, float] = {}
        self._turns, self._count = dict[Currency, int](), count(1)
        self._report_at, self._reported = 0.0, frozenset[Currency]()

    async def step(self) -> bool:
        """Do one step of each asset, and return whether there was, or still is, anything to do.

        What takes longer than a moment goes on during the next steps, which leave its asset out. So does one that has
        failed, which is logged. Raises `DatabaseUnavailable` if it cannot be seen what there is to do.
        """
        seen = await self._look()
        self._ask_venue.retain({batch.id for batch in seen.batches.values()})
        for asset in self._in_turn(seen.assets.values()):
            if asset.code not in self._running and len(self._running) < MOST_AT_ONCE and self._may_be_due(asset, seen):
                self._running[asset.code] = asyncio.create_task(self._bounded(asset, seen))
                self._turns[asset.code] = next(self._count)
        if self._running:
            await asyncio.wait(self._running.values(), timeout=STEP_SECONDS)
        return self._collect()

    async def finish(self) -> None:
        """Wait until what goes on has ended."""
        if self._running:
            await asyncio.wait(self._running.values())
            self._collect()

    async def cancel(self) -> None:
        """Cancel what goes on, and wait until it has ended: whatever was sent is asked for by another process."""
        for task in self._running.values():
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values())
        self._running = {}

    def _in_turn(self, assets: Iterable[ClearingAsset]) -> list[ClearingAsset]:
        """Return those first that were started longest ago: there may be more than may be started at once."""
        return sorted(assets, key=lambda asset: self._turns.get(asset.code, 0))

    async def _look(self) -> _Seen:
        async with self._clearing.database.reading() as unit:
            batches, halts = await unit.batches.list_unfinished(), await unit.clearing_halts.all()
            assets = {asset.code: asset for asset in await unit.clearing_assets.list()}
            by_asset = {batch.asset.code: batch for batch in batches}
            queues = await unit.orders.oldest_queued(assets.keys() - by_asset.keys(), MOST_SUMMED)
            if self._clearing.elapsed() >= self._report_at or assets.keys() != self._reported:
                self._report(assets, await unit.orders.queues())
        self._clearing.meter.clearing_state_seen(len(halts), sum(batch.stuck_since is not None for batch in batches))
        return _Seen(assets, by_asset, {queue.asset: queue for queue in queues}, halts)

    def _collect(self) -> bool:
        """Return whether any task goes on or has done anything, and put off each asset whose task failed."""
        ended = {code: task for code, task in self._running.items() if task.done()}
        self._running = {code: task for code, task in self._running.items() if code not in ended}
        for code, task in ended.items():
            if (error := task.exception()) is not None:
                self.failed(code, error)
                self._put_off_until[code] = self._clearing.elapsed() + PAUSE_AFTER_FAILURE_SECONDS
        return bool(self._running) or any(task.exception() is None and task.result() for task in ended.values())

    def failed(self, asset: Currency, error: BaseException) -> None:
        """Log why a step of the asset failed."""
        if isinstance(error, DatabaseUnavailable):
            log.warning("clearing_interrupted", asset=asset, reason=str(error))
        else:
            log.error("clearing_failed", asset=asset, exc_info=error)

    def _may_be_due(self, asset: ClearingAsset, seen: _Seen) -> bool:
        if self._clearing.elapsed() < self._put_off_until.get(asset.code, 0.0):
            return False
        batch = seen.batches.get(asset.code)
        return asset.code in seen.queues if batch is None else self._is_due(batch)

    async def _bounded(self, asset: ClearingAsset, seen: _Seen) -> bool:
        """Do the asset's step, or give it up: whatever was sent is asked for by the next one."""
        try:
            async with asyncio.timeout(LONGEST_STEP_SECONDS):
                return await self._step_of(asset, seen)
        except TimeoutError:
            log.warning("clearing_step_timed_out", asset=asset.code)
            return False

    async def _step_of(self, asset: ClearingAsset, seen: _Seen) -> bool:
        batch = seen.batches.get(asset.code)
        if batch is not None:
            return await self._advance(batch, asset, seen.halts)
        return await self._form_batches(asset, seen.queues[asset.code], is_halted=is_halted(seen.halts, asset.code))

    def _is_due(self, batch: Batch) -> bool:
        wait = batch.due_at - self._clearing.clock.now()
        return wait <= 0 or wait > LATEST_DUE_SECONDS

    async def _advance(self, seen: Batch, asset: ClearingAsset, halts: Mapping[Currency | None, Halt]) -> bool:
        """Claim the batch and do its next step. Return False if another worker has it."""
        clearing, now = self._clearing, self._clearing.clock.now()
        until = now + clearing.limits.lease_seconds
        batch = await clearing.database.write(lambda unit: unit.batches.claim(seen.id, clearing.worker, now, until))
        if batch is None:
            return False
        try:
            if batch.status is BatchStatus.SETTLING:
                await self._settle_batch(batch)
            else:
                await self._place_or_ask(batch, asset, is_halted=is_halted(halts, batch.asset.code))
        except ClaimLost:
            log.info("claim_lost", batch=str(batch.id))
        return True

    async def _place_or_ask(self, batch: Batch, asset: ClearingAsset, *, is_halted: bool) -> None:
        async with self._clearing.database.reading() as unit:
            attempt = await unit.batches.last_attempt(batch.id)
        if attempt is not None and attempt.outcome is AttemptOutcome.PENDING:
            await self._ask_venue(batch, attempt, is_rest_refunded=asset.rest is Rest.REFUND)
        elif is_halted:
            await self._clearing.dissolve(batch, "clearing was halted")
        elif batch.attempts >= MAX_ATTEMPTS:
            await self._give_up(batch)
        else:
            await self._place_batch(batch, asset)

    async def _give_up(self, batch: Batch) -> None:
        """Dissolve a batch that no venue takes, and halt its asset until an admin has seen why.

        What was never sent tells nothing against the orders: a batch with such attempts is dissolved without a halt.
        """
        clearing, reason = self._clearing, f"{batch.attempts} attempts failed; the last one: {batch.reason}"
        dissolved = batch.dissolve(reason[:255])

        async def work(unit: OrdersRepositories) -> None:
            await unit.batches.save(dissolved)
            attempts = await unit.batches.list_attempts(batch.id)
            if all(each.outcome is not AttemptOutcome.NOT_SENT for each in attempts):
                await halt(unit, batch.asset.code, reason, BY_CLEARING, clearing.clock.now())

        await clearing.database.write(work)

    def _report(self, assets: Collection[Currency], queues: Iterable[Queue]) -> None:
        """Report how much is queued, which takes long where it is very much."""
        meter, now, by_asset = self._clearing.meter, self._clearing.clock.now(), {each.asset: each for each in queues}
        for asset in assets:
            queue = by_asset.get(asset)
            orders, oldest_at = (0, now) if queue is None else (queue.orders, queue.oldest_at)
            meter.queue_seen(asset, orders, max(0.0, now - oldest_at))
        self._report_at, self._reported = self._clearing.elapsed() + REPORT_SECONDS, frozenset(assets)
