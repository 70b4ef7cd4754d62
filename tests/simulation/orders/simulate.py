"""Tell one story to its end, and check what it leaves."""

from __future__ import annotations

import asyncio
import gc
import os
import random
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import structlog

from domain.orders.batch import BatchStatus
from tests.simulation.loop import EndlessError, StalledError
from tests.simulation.orders.audit import reconcile_again_and_again
from tests.simulation.orders.buyers import Buyers
from tests.simulation.orders.ending import books_of, venue_books_of
from tests.simulation.orders.invariants import FINAL, Ending
from tests.simulation.orders.service import CHARGES
from tests.simulation.orders.world import World

# After the faults are over: waiting orders are refunded within 600 s, stuck batches decided.
LONGEST_END_SECONDS = 7200.0


@dataclass(frozen=True)
class Told:
    """A story that has ended."""

    seed: int
    violations: list[str]
    lines: list[str]
    orders: int
    batches: int
    attempts: int
    steps: int
    seconds: float


def simulate(seed: int, *, with_lines: bool | None = None) -> Told:
    """Tell the story of a seed; with its lines, by default only if something is wrong."""
    world = World(seed)
    buyers = Buyers(world)
    violations: list[str] = []
    with _random_bytes_from(world.chance), _without_collector():
        try:
            world.loop.run(_life(world, buyers))
        except (StalledError, EndlessError, ExceptionGroup) as error:
            violations.append(f"the story did not end: {error!r}")
        else:
            margin, fee = Fraction(CHARGES.margin_percent) / 100, Fraction(CHARGES.fee_percent) / 100
            venues = [venue_books_of(venue) for venue in world.venues.values()]
            ending = Ending(books_of(world), buyers.purchases, venues, buyers.deposits, margin, fee)
            violations += ending.violations()
    violations = [*world.faults_found, *violations]
    tables = world.server.tables
    return Told(
        seed,
        violations,
        world.story.lines() if with_lines or (with_lines is None and violations) else [],
        len(tables["ordering.orders"]),
        len(tables["ordering.batches"]),
        len(tables["ordering.attempts"]),
        world.loop.steps,
        world.loop.time(),
    )


async def _life(world: World, buyers: Buyers) -> None:
    faults, world.faults.is_over = world.faults, True
    world.start()
    await buyers.open()
    faults.is_over = False
    fate = world.loop.create_task(world.fate())
    refunding = world.loop.create_task(world.refund_some())
    reconciling = world.loop.create_task(reconcile_again_and_again(world))
    living = world.loop.create_task(buyers.live())
    broken_for = world.chance.choice([30.0, 60.0, 120.0, 400.0])
    await asyncio.sleep(broken_for)
    world.heal()
    await fate
    await refunding
    await reconciling
    begun = world.loop.time()
    while not (living.done() and _is_quiet(world)):
        await asyncio.sleep(5.0 if world.loop.time() - begun < 60 else 60.0)
        if world.loop.time() - begun > LONGEST_END_SECONDS:
            break
        await world.administer()
    await living


def _is_quiet(world: World) -> bool:
    return all(order.status.value in FINAL for order in world.rows("ordering.orders")) and all(
        kept.batch.status is BatchStatus.DONE for kept in world.rows("ordering.batches")
    )


@contextmanager
def _random_bytes_from(chance: random.Random) -> Iterator[None]:
    """Draw ids from the seed too: `uuid4` and `secrets` take them from the system otherwise."""
    kept = os.urandom, random._urandom  # type: ignore[attr-defined] # where `SystemRandom` gets its bytes
    os.urandom = random._urandom = chance.randbytes  # type: ignore[attr-defined] # as above
    try:
        yield
    finally:
        os.urandom, random._urandom = kept  # type: ignore[attr-defined] # as above


@contextmanager
def _without_collector() -> Iterator[None]:
    """Collect garbage after the story: during it there is little, and looking for it takes a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def quiet() -> None:
    """Let the service log nothing: the story tells."""
    structlog.configure(processors=[_drop], cache_logger_on_first_use=False)


def _drop(*_: object) -> MutableMapping[str, object]:
    raise structlog.DropEvent
