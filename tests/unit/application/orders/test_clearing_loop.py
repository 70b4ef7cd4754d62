"""The loop leaves no step behind, whether it is stopped or cancelled."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from application.orders import clear_orders
from application.orders.clearing_loop import ClearingLoop
from domain.orders.venue_order import VenueOrder, VenueReport
from tests.unit.application.orders.harness import Orders
from tests.unit.fakes.venue import FakeVenue


@dataclass
class Slow(FakeVenue):
    """Executes an order once it is released; `is_cancelled` if nobody waits for the answer any more."""

    released: asyncio.Event = field(default_factory=asyncio.Event)
    is_cancelled: bool = False

    async def place(self, order: VenueOrder) -> VenueReport:
        report = await super().place(order)
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        return report


async def placing(venue: Slow, monkeypatch: pytest.MonkeyPatch) -> tuple[Orders, asyncio.Task[None], asyncio.Event]:
    """Return the loop as it runs, while a purchase is under way."""
    monkeypatch.setattr(clear_orders, "STEP_SECONDS", 0.01)
    house, stop = Orders(venue=venue), asyncio.Event()
    await house.order(await house.buyer(), "1")
    loop = asyncio.create_task(ClearingLoop(house.workers[0], interval_seconds=0.01).run(stop))
    async with asyncio.timeout(5):
        while not venue.placed:  # noqa: ASYNC110 -- the venue tells of no event
            await asyncio.sleep(0.001)
    return house, loop, stop


async def test_a_loop_that_is_stopped_ends_after_the_purchase_that_is_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    venue = Slow()
    house, loop, stop = await placing(venue, monkeypatch)
    stop.set()
    await asyncio.sleep(0.05)
    assert not loop.done()
    venue.released.set()
    await asyncio.wait_for(loop, 5)
    [batch] = await house.batches()
    assert batch.received > 0


async def test_a_loop_that_is_cancelled_leaves_no_step_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    venue = Slow()
    _, loop, stop = await placing(venue, monkeypatch)
    stop.set()
    await asyncio.sleep(0.05)  # it finishes what goes on
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
    assert venue.is_cancelled
