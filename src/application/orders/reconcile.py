"""Compare orders, batches, ledger and venues, and halt what does not agree."""

from collections.abc import Iterator

import structlog

from application.orders.halting import halt
from application.orders.ports.order_sums import ReconciliationRepositories
from application.orders.ports.reconciliation_meter import ReconciliationMeter
from application.orders.reconcile_venues import ReconcileVenues
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.decimals import plain
from domain.orders.batch import Batch, BatchStatus
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.reconciliation import BatchSums, CurrencySums, Reconciliation, VenueState
from domain.orders.terms import floored
from domain.orders.trade import Trade

BY_RECONCILIATION = "reconciliation"

# The newest; older ones were compared when they were new.
MOST_BATCHES = 100

# What to halt for which reason: an asset, or None for all.
Fault = tuple[Currency | None, str]

log = structlog.get_logger()


class Reconcile:
    """`look` changes nothing. A call also books what venues held at first, and halts what does not agree."""

    def __init__(
        self,
        *,
        database: Database[ReconciliationRepositories],
        venues: ReconcileVenues,
        clock: Clock,
        meter: ReconciliationMeter,
    ) -> None:
        self._database = database
        self._venues = venues
        self._clock = clock
        self._meter = meter

    async def look(self) -> Reconciliation:
        """Compare. Raises `DatabaseUnavailable`; a venue that does not answer is not compared."""
        return await self._compared(opens=False)

    async def __call__(self) -> Reconciliation:
        """Compare, and act on it. Raises `DatabaseUnavailable`."""
        found = await self._compared(opens=True)
        self._meter.reconciled(found.differences)
        for venue in found.venues:
            if venue.not_compared is not None:
                log.info("venue_not_compared", venue=venue.venue, reason=venue.not_compared)
        if found.differences:
            await self._halt(found)
        return found

    async def _compared(self, *, opens: bool) -> Reconciliation:
        venues = await self._venues(opens=opens)
        async with self._database.reading() as unit:
            newest = await unit.batches.list_newest(None, MOST_BATCHES)
            done = [batch for batch in newest if batch.status is BatchStatus.DONE]
            given = await unit.order_sums.given_in([batch.id for batch in done])
            batches = [await _sums_of(unit, batch, given.get(batch.id, 0)) for batch in done]
            return Reconciliation(self._clock.now(), await unit.order_sums.by_currency(), batches, venues)

    async def _halt(self, found: Reconciliation) -> None:
        async with self._database.reading() as unit:
            faults = list(_faults(found, await unit.clearing_assets.list()))
        for asset, reason in faults:
            log.error("reconciliation_failed", asset=asset or "all", reason=reason)

        async def work(unit: ReconciliationRepositories) -> None:
            for asset, reason in faults:
                await halt(unit, asset, reason, BY_RECONCILIATION, self._clock.now())

        await self._database.write(work)


async def _sums_of(unit: ReconciliationRepositories, batch: Batch, given: int) -> BatchSums:
    fills = await unit.batches.list_fills(batch.id)
    bought = floored(batch.asset, Trade.of(batch.pair, fills).received)
    owed = batch.allocation.received if batch.allocation is not None else 0
    return BatchSums(batch.id, batch.asset, bought, batch.received, owed, given)


def _faults(found: Reconciliation, assets: list[ClearingAsset]) -> Iterator[Fault]:
    for sums in found.currencies:
        if sums.difference:
            yield None, _of_currency(sums)
    for batch in found.batches:
        if not batch.agrees:
            yield batch.asset.code, f"batch {batch.batch_id} bought, received and gave away different amounts"
    for venue in found.venues:
        yield from _faults_at(venue, assets)


def _faults_at(venue: VenueState, assets: list[ClearingAsset]) -> Iterator[Fault]:
    """Return what to halt; a difference in what no asset is cleared with is only shown."""
    for each in venue.differing:
        reason = f"{venue.venue} holds {plain(each.held)} {each.asset}, and the ledger expects {plain(each.expected)}"
        cleared = [asset.code for asset in assets if each.asset in {asset.code, asset.clear_with}]
        if not cleared:
            log.error("unused_currency_differs", currency=each.asset, reason=reason)
        for code in cleared:
            yield code, reason


def _of_currency(sums: CurrencySums) -> str:
    debits, settled, pending, refunded = (
        plain(sums.pay_with.amount_of(each)) for each in (sums.debits, sums.settled, sums.pending, sums.refunded)
    )
    return (
        f"orders cost {debits} {sums.pay_with.code}, of which {settled} is settled, {pending} held and "
        f"{refunded} refunded"
    )
