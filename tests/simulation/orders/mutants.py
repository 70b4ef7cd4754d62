"""Faults that somebody could make in clearing, each of which the simulation must find.

`python -m tests.simulation.orders.mutants` says after how many seeds it did.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.simulation.orders.simulate import quiet, simulate

# The venue clocks that mislead a worker that goes by its own are rare: they show after over 2000.
MOST_SEEDS = 4000
_FOUND, _MISSED, _BROKEN = 0, 1, 2


@dataclass(frozen=True)
class Mutant:
    """A change of a module's text, and of others that keep the same rule."""

    name: str
    module: str
    before: str
    after: str
    also: Mutant | None = None


MUTANTS = (
    Mutant(
        "sends before the commit",
        "application.orders.place_batch",
        "        is_stored = await clearing.database.write(work)\n",
        "        with __import__('contextlib').suppress(PlacementUnknown, OrderRefused):\n"
        "            await offer.broker.place(attempt.order)\n"
        "        is_stored = await clearing.database.write(work)\n",
    ),
    Mutant(
        "sends again when the outcome is unknown",
        "application.orders.place_batch",
        "            return await self._clearing.put_off(batch, str(error))\n",
        "            report = await broker.place(attempt.order)\n",
    ),
    Mutant(
        "takes an unknown outcome for a refusal",
        "application.orders.place_batch",
        "            return await self._clearing.put_off(batch, str(error))\n",
        "            return await ask_venue.decided(batch, attempt, AttemptOutcome.REFUSED, str(error))\n",
    ),
    Mutant(
        "turns unknown into refused after three questions",
        "application.orders.ask_venue",
        "        await clearing.put_off(batch, reason, attempt",
        "        if batch.pauses >= 3:\n"
        "            return await self.decided(batch, attempt, AttemptOutcome.REFUSED, reason)\n"
        "        await clearing.put_off(batch, reason, attempt",
    ),
    Mutant(
        "believes the first 'not found'",
        "domain.orders.attempt",
        "    return watched_seconds >= lifetime_seconds and venue_time_ms >=",
        "    return True or venue_time_ms >=",
    ),
    Mutant(
        "signs and proves absence by its own clock",
        "application.orders.place_batch",
        "            offer.time_ms,\n",
        "            int(now * 1000),\n",
        Mutant(
            "",
            "application.orders.ask_venue",
            "is_absence_decisive(attempt.order, venue_time_ms, ",
            "is_absence_decisive(attempt.order, int(self._clearing.clock.now() * 1000), ",
        ),
    ),
    Mutant(
        "waits for the receive window only",
        "domain.orders.attempt",
        "    lifetime_seconds = order.receive_window_ms / 1000 + PROCESSING_SECONDS + CLOCK_MARGIN_SECONDS\n",
        "    lifetime_seconds = order.receive_window_ms / 1000\n",
    ),
    Mutant(
        "sends what another worker has stored",
        "application.orders.ask_venue",
        "            report = await broker.find(attempt.order)\n",
        "            report = await broker.find(attempt.order) or await broker.place(attempt.order)\n",
    ),
    Mutant(
        "books a trade whoever has the claim",
        "tests.unit.fakes.orders",
        "        if kept.batch.token != batch.token:\n",
        "        if kept.batch.token > batch.token + 1000:\n",
    ),
    Mutant(
        "takes open for done",
        "application.orders.ask_venue",
        "        if report.status is VenueStatus.OPEN:\n",
        "        if report.status is VenueStatus.OPEN and batch.pauses < 1:\n",
    ),
    Mutant(
        "cancels without a lock",
        "application.orders.cancel_order",
        "for_change=True",
        "for_change=False",
    ),
    Mutant(
        "gives the hold back and takes it too",
        "application.orders.settle_batch",
        "        return Settlement(after, part, (paid,))\n",
        "        return Settlement(after, part, (paid, refund_of(order)))\n",
    ),
    Mutant(
        "forgets the hold for the rest",
        "application.orders.settle_batch",
        "(replace(after, hold_id=again.id), part, (paid, again))",
        "(after, part, (paid,))",
    ),
    Mutant(
        "settles an order again",
        "application.orders.settle_batch",
        "    await store_changed(unit, [each.order for each in settlements])\n",
        "    await store_changed(unit, [each.order for each in settlements[1:]])\n",
    ),
    Mutant(
        "rounds allocations up",
        "domain.orders.allocation",
        "        return share + (remainder > self.cutoff_remainder or is_first)\n",
        "        return share + (remainder > 0 or is_first)\n",
    ),
    Mutant(
        "rounds what users pay up",
        "domain.orders.order",
        "        cost = self.terms.cost * filled // self.terms.amount\n",
        "        cost = -(-self.terms.cost * filled // self.terms.amount)\n",
    ),
    Mutant(
        "forgets fees in what is bought",
        "domain.orders.trade",
        "EXACT.subtract(received, fees.pop(pair.base, Decimal(0)))",
        "EXACT.subtract(received, fees.pop(pair.base, Decimal(0)) * 0)",
    ),
    Mutant(
        "forms a second batch",
        "tests.unit.fakes.orders",
        "        if any(each.asset.code == batch.asset.code for each in await self.list_unfinished()):\n",
        "        if any(each.id == batch.id for each in await self.list_unfinished()):\n",
    ),
    Mutant(
        "forgets the price band when a batch is sent",
        "application.orders.place_batch",
        "        if await self._has_orders_beyond_band(batch, offer.ask):\n",
        "        if not offers:\n",
    ),
    Mutant(
        "forgets the price band",
        "domain.orders.price_band",
        "        return amount * self.numerator > ",
        "        return amount < 0 and amount * self.numerator > ",
    ),
    Mutant(
        "refunds what may be bought right now",
        "application.orders.refund_order",
        "            each.outcome not in _IN_VAIN for each in attempts\n",
        "            each.outcome is AttemptOutcome.DONE for each in attempts\n",
    ),
    Mutant(
        "refunds an order and buys it all the same",
        "application.orders.refund_order",
        "                await unit.batches.save(_without(batch, order))\n",
        "                await unit.batches.save(batch)\n",
    ),
    Mutant(
        "buys at a venue before it is opened",
        "application.orders.place_batch",
        "        if not await self._open_venue(offer.broker, batch.pair):\n",
        "        if not offers:\n",
    ),
    Mutant(
        "compares a venue while a purchase is under way",
        "application.orders.venue_activity",
        "    if await unit.batches.has_pending(venue):\n        return None\n",
        "",
    ),
    Mutant(
        "forgets the key of a request",
        "application.idempotency.write_once",
        "        if before is not None:\n",
        "        if before is not None and before.status == 0:\n",
    ),
)


class NoSuchTextError(AssertionError):
    """The code has changed: the mutant must change with it."""


def mutate(mutant: Mutant) -> None:
    """Change the module in this process, and whatever others have imported from it."""
    module = importlib.import_module(mutant.module)
    source = Path(str(module.__file__)).read_text()
    if source.count(mutant.before) != 1:
        raise NoSuchTextError(f"{mutant.module} has {source.count(mutant.before)} times: {mutant.before}")
    kept = dict(vars(module))
    exec(compile(source.replace(mutant.before, mutant.after), str(module.__file__), "exec"), vars(module))  # noqa: S102 -- our own code, changed
    changed = {id(old): vars(module)[name] for name, old in kept.items() if vars(module)[name] is not old}
    for other in list(sys.modules.values()):
        _rebind(other, changed)
    if mutant.also is not None:
        mutate(mutant.also)


def _rebind(module: ModuleType, changed: dict[int, object]) -> None:
    if module.__name__.startswith(("application", "domain", "tests")):
        for name, value in list(vars(module).items()):
            if id(value) in changed and not name.startswith("__"):
                setattr(module, name, changed[id(value)])


def seeds_until_found(mutant: Mutant, most: int) -> int | None:
    """Return how many seeds the simulation needed in a child process; None if it found nothing."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(_search(mutant, most)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    if not text.isdigit():
        raise AssertionError(f"{mutant.name}: {text or 'the child died'}")
    return int(text) or None


def _search(mutant: Mutant, most: int) -> int | str:
    try:
        mutate(mutant)
        for seed in range(1, most + 1):
            if simulate(seed).violations:
                return seed
    except BaseException as error:  # noqa: BLE001 -- the parent tells
        return f"{type(error).__name__}: {error}"
    return 0


def main() -> int:
    """Search for each mutant, or for those whose names contain a given text."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=MOST_SEEDS)
    parser.add_argument("names", nargs="*", help="parts of the names of those to search for")
    asked = parser.parse_args()
    missed = 0
    quiet()
    for mutant in MUTANTS:
        if not asked.names or any(part in mutant.name for part in asked.names):
            seeds = seeds_until_found(mutant, asked.seeds)
            missed += seeds is None
            print(f"{mutant.name}: {f'found by seed {seeds}' if seeds else 'NOT FOUND'}", flush=True)  # noqa: T201 -- a command
    return missed


if __name__ == "__main__":
    sys.exit(main())
