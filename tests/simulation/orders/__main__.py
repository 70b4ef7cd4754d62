"""Tell many stories, or one: `python -m tests.simulation.orders --seeds 1000`, `--seed 123`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing import get_context

from tests.simulation.orders.simulate import Told, quiet, simulate

# Seeds that a process tells before it reports.
CHUNK = 50
MOST_SHOWN = 10


@dataclass
class Sum:
    """What all stories add up to."""

    seeds: int = 0
    orders: int = 0
    batches: int = 0
    attempts: int = 0
    days: float = 0.0
    failed: int = 0

    def add(self, told: Told) -> None:
        self.seeds += 1
        self.orders += told.orders
        self.batches += told.batches
        self.attempts += told.attempts
        self.days += told.seconds / 86400
        self.failed += bool(told.violations)


def main() -> int:
    """Return 1 if any story ended with a violation."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.orders")
    parser.add_argument("--seed", type=int, help="tell this story alone, and print it")
    parser.add_argument("--seeds", type=int, default=1000, help="how many stories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    quiet()
    if asked.seed is not None:
        return _tell_one(asked.seed)
    return _tell_many(range(asked.first, asked.first + asked.seeds), asked.processes)


def _tell_one(seed: int) -> int:
    told = simulate(seed)
    print("\n".join(told.lines))  # noqa: T201 -- a command
    print("\n".join(told.violations) or "Nothing is wrong.")  # noqa: T201 -- a command
    return bool(told.violations)


def _tell_many(seeds: range, processes: int) -> int:
    total, began = Sum(), time.monotonic()
    with get_context("fork").Pool(processes) as pool:
        for told in pool.imap_unordered(_without_lines, seeds, chunksize=CHUNK):
            total.add(told)
            if told.violations and total.failed <= MOST_SHOWN:
                _show(f"seed {told.seed}: {told.violations[0]}")
            if total.seeds % 5000 == 0:
                _show(_line(total, time.monotonic() - began))
    _show(_line(total, time.monotonic() - began))
    if total.failed:
        _show("`make simulate.orders SEED=...` tells one of them.")
    return bool(total.failed)


def _without_lines(seed: int) -> Told:
    return simulate(seed, with_lines=False)


def _line(total: Sum, seconds: float) -> str:
    return (
        f"{total.seeds} stories of {total.orders} orders, {total.batches} batches and {total.attempts} attempts "
        f"in {total.days:.0f} simulated days: {total.failed} with a violation, {seconds:.0f} s"
    )


def _show(*lines: Iterable[str] | str) -> None:
    print(*lines, flush=True)  # noqa: T201 -- a command


if __name__ == "__main__":
    sys.exit(main())
