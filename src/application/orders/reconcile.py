"""Compare orders, batches, ledger and venues, and halt what does not agree."""

from collections.abc import Iterator, Sequence

import structlog

from application.concurrency.cooperative import yield_to_event_loop
from application.orders.halting import halt
from application.orders.ports.order_sums import ReconciliationRepositories
from application.orders.ports.reconciliation_meter import ReconciliationMeter
from application.orders.reconcile_venues import UNOPENED, ReconcileVenues
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.decimals import plain
from domain.orders.batch import Batch, BatchStatus
from domain.orders.clearing_asset import DAY_SECONDS, ClearingAsset
from domain.orders.reconciliation import BatchSums, CurrencySums, Reconciliation, VenueState
from domain.orders.terms import floored
from domain.orders.trade import Trade
from domain.orders.venue_order import Fill

BY_RECONCILIATION = "reconciliation"

# The job compares every 5 minutes, so each batch is compared several times after it has ended.
RECENT_SECONDS = 1800.0
BATCHES_AT_ONCE = 500
# What has ended never changes, so each process compares older orders only once a UTC day. Where three runs of the job
# fail at it, because there are too many orders for one reading, say, it compares the newest for the rest of the day. A
# run asks again for some seconds; these attempts count as one.
NEWEST_ORDERS = 100_000
RUNS_FOR_ALL = 3
RUN_SECONDS = 60.0
MOST_SHOWN = 100

# What to halt for which reason: an asset, or None for all.
Fault = tuple[Currency | None, str]

log = structlog.get_logger()


class Reconcile:
    """`look` changes nothing. A call also halts what does not agree."""

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
        self._day: int | None = None
        self._runs = 0
        self._run_since = 0.0
        self._has_compared_all = False

    async def look(self) -> Reconciliation:
        """Compare. Raises `DatabaseUnavailable`; a venue that does not answer is not compared."""
        return await self._compared(NEWEST_ORDERS, may_keep_quiet=False)

    async def __call__(self) -> Reconciliation:
        """Compare, and act on it. Raises `DatabaseUnavailable`."""
        newest = self._newest()
        found = await self._compared(newest, may_keep_quiet=True)
        self._has_compared_all |= newest is None
        self._meter.reconciled(found.differences)
        for venue in found.venues:
            if venue.not_compared in {None, UNOPENED}:
                self._meter.venue_compared(venue.venue, found.at)
            else:
                log.info("venue_not_compared", venue=venue.venue, reason=venue.not_compared)
        if found.differences:
            await self._halt(found)
        return found

    def _newest(self) -> int | None:
        now = self._clock.now()
        day = int(now // DAY_SECONDS)
        if day != self._day:
            self._day, self._runs, self._has_compared_all = day, 0, False
        if not self._runs or now - self._run_since >= RUN_SECONDS:
            self._runs, self._run_since = self._runs + 1, now
        return NEWEST_ORDERS if self._has_compared_all or self._runs > RUNS_FOR_ALL else None

    async def _compared(self, newest: int | None, *, may_keep_quiet: bool) -> Reconciliation:
        venues = await self._venues(may_keep_quiet=may_keep_quiet)
        batches = await self._batches(self._clock.now() - RECENT_SECONDS)
        async with self._database.reading() as unit:
            return Reconciliation(self._clock.now(), await unit.order_sums.by_currency(newest), batches, venues)

    async def _batches(self, since: float) -> list[BatchSums]:
        """Compare all that are being settled, or were finished since then; return the newest, and those that differ."""
        differing, newest, last = list[BatchSums](), list[BatchSums](), None
        while True:
            async with self._database.reading() as unit:
                page = await unit.batches.list_traded(since, last, BATCHES_AT_ONCE)
                sums = await _sums_of(unit, page)
            sums = [*newest, *sums]
            differing += [each for each in sums[:-MOST_SHOWN] if not each.agrees]
            newest = sums[-MOST_SHOWN:]
            if len(page) < BATCHES_AT_ONCE:
                return [*differing, *newest][::-1]
            last = page[-1].id
            await yield_to_event_loop()

    async def _halt(self, found: Reconciliation) -> None:
        async with self._database.reading() as unit:
            faults = list(_faults(found, await unit.clearing_assets.list()))
        for asset, reason in faults:
            log.error("reconciliation_failed", asset=asset or "all", reason=reason)

        async def work(unit: ReconciliationRepositories) -> None:
            for asset, reason in faults:
                await halt(unit, asset, reason, BY_RECONCILIATION, self._clock.now())

        await self._database.write(work)


async def _sums_of(unit: ReconciliationRepositories, batches: Sequence[Batch]) -> list[BatchSums]:
    ids = [batch.id for batch in batches]
    fills, given = await unit.batches.list_fills_of(ids), await unit.order_sums.given_in(ids)
    return [_of_batch(batch, fills.get(batch.id, ()), given.get(batch.id, 0)) for batch in batches]


def _of_batch(batch: Batch, fills: Sequence[Fill], given: int) -> BatchSums:
    bought = floored(batch.asset, Trade.of(batch.pair, fills).received)
    owed = batch.allocation.received if batch.allocation is not None else 0
    is_settled = batch.status is BatchStatus.DONE
    return BatchSums(batch.id, batch.asset, bought, batch.received, owed, given, is_settled=is_settled)


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
