"""The reconciliation job, which must not find any difference whatever breaks."""

from __future__ import annotations

import asyncio

from application.orders.ports.reconciliation_meter import ReconciliationMeter
from application.orders.reconcile import Reconcile
from application.orders.reconcile_venues import ReconcileVenues
from domain.errors import DatabaseUnavailable
from tests.simulation.orders.world import Running, World


class _SilentMeter(ReconciliationMeter):
    def reconciled(self, differences: int) -> None: ...

    def venue_compared(self, venue: str, at: float) -> None: ...


async def reconcile_again_and_again(world: World) -> None:
    """Let a worker reconcile now and then, until the faults are over."""
    while not world.faults.is_over:
        await asyncio.sleep(world.chance.random() * 60)
        running = world.chance.choice(world.workers)
        if running.process.is_alive:
            world.loop.spawn(running.process, _reconcile(world, running))


async def _reconcile(world: World, running: Running) -> None:
    venues = ReconcileVenues(database=running.database, brokers=running.brokers, clock=running.clock)
    reconcile = Reconcile(database=running.database, venues=venues, clock=running.clock, meter=_SilentMeter())
    try:
        found = await reconcile()
    except DatabaseUnavailable:
        return
    compared = [state.venue for state in found.venues if state.not_compared is None]
    world.story.tell(running.process, "reconciles", *compared)
    if found.differences:
        world.found(f"reconciliation found {found}")
