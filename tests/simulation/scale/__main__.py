"""Print what nodes of several numbers do, with each fault: `python -m tests.simulation.scale --seconds 60`."""

from __future__ import annotations

import argparse
import sys

from tests.simulation.orders.simulate import quiet
from tests.simulation.scale.nodes import budget
from tests.simulation.scale.simulate import REQUESTS_PER_SECOND, Fault, Told, simulate

NODES = (1, 10, 30, 100)
HEAD = (
    "| nodes | fault | requests | answered | calls | weight | most a minute | budget | p99 wait | longest | too old |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--requests", type=float, default=REQUESTS_PER_SECOND, help="a second, of all nodes together")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    quiet()
    _show(HEAD)
    _show("|---" * 11 + "|")
    wrong = 0
    for fault in Fault:
        for nodes in NODES:
            story = simulate(nodes, chosen.seconds, fault, seed=chosen.seed, requests_per_second=chosen.requests)
            _show(_row(story))
            wrong += len(story.too_old)
    raise SystemExit(1 if wrong else 0)


def _show(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _row(story: Told) -> str:
    share = f"{100 * story.answered / story.requests:.1f}%"
    allowed = f"{budget(story.seconds, bursts=2 if story.fault is Fault.EMPTY else 1):,.0f}"
    waits = f"{story.usual_wait:.2f} s | {story.longest_wait:.2f} s"
    counts = f"{story.requests:,} | {share} | {story.calls:,} | {story.weight:,} | {story.heaviest_minute:,}"
    return f"| {story.nodes} | {story.fault.value} | {counts} | {allowed} | {waits} | {len(story.too_old)} |"


if __name__ == "__main__":
    main()
