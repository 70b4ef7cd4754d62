"""Tell what so many nodes do for so long, with a fault or without."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from enum import StrEnum

from tests.simulation.loop import SimulatedLoop
from tests.simulation.scale.nodes import Node, Shared

MOST_STEPS = 50_000_000

# All requests together, however many nodes share them, unless each node has its own.
REQUESTS_PER_SECOND = 200.0

# Each node stops and starts again so often on average, where nodes are killed.
LIFE_SECONDS = 20.0
RESTART_SECONDS = 1.0


class Fault(StrEnum):
    """What goes wrong beside the exchange's own failures."""

    NOTHING = "nothing"
    KILLS = "nodes killed"
    EMPTY = "Redis emptied"
    AWAY = "Redis away"


@dataclass(frozen=True, slots=True)
class Told:
    """What happened. `away_weight` is that of the calls while Redis was away."""

    nodes: int
    fault: Fault
    seconds: float
    calls: int
    weight: int
    away_weight: int
    heaviest_minute: int
    requests: int
    answered: int
    refused: dict[str, int]
    longest_wait: float
    usual_wait: float
    too_old: tuple[str, ...]
    kills: int


class _Story:
    def __init__(
        self, nodes: int, seconds: float, fault: Fault, seed: int, requests_per_second: float, *, begins_again: bool
    ) -> None:
        self.seconds, self.fault = seconds, fault
        self.chance = random.Random(seed)  # noqa: S311 -- a seed, so that a story can be told again
        self.loop = SimulatedLoop(self.chance, most_steps=MOST_STEPS)
        self.shared = Shared(self.loop, self.chance, begins_again=begins_again)
        self.per_node = requests_per_second / nodes
        self.nodes = [Node(self.shared, f"node {number}") for number in range(nodes)]
        self.kills = 0

    async def tell(self) -> None:
        for node in self.nodes:
            node.start(self.per_node, self.seconds)
        if self.fault is Fault.KILLS:
            await self._kill_nodes()
        if self.fault is Fault.EMPTY:
            await asyncio.sleep(self.seconds / 2)
            self.shared.lose_data()
        if self.fault is Fault.AWAY:
            await self._cut_off()
        await asyncio.sleep(self.seconds - self.loop.time())
        await asyncio.sleep(10.0)  # the last answers

    async def _kill_nodes(self) -> None:
        while self.loop.time() < self.seconds - RESTART_SECONDS:
            await asyncio.sleep(self.chance.expovariate(len(self.nodes) / LIFE_SECONDS))
            number = self.chance.randrange(len(self.nodes))
            self.loop.kill(self.nodes[number].process)
            self.kills += 1
            self.nodes[number] = Node(self.shared, f"node {number}")
            self.loop.outside(RESTART_SECONDS, self.nodes[number].start, self.per_node, self.seconds)

    async def _cut_off(self) -> None:
        await asyncio.sleep(self.seconds / 3)
        self.shared.network.is_cut = self.shared.lock.is_down = self.shared.lease.is_down = True
        await asyncio.sleep(self.seconds / 3)
        self.shared.network.is_cut = self.shared.lock.is_down = self.shared.lease.is_down = False


def simulate(
    nodes: int,
    seconds: float,
    fault: Fault = Fault.NOTHING,
    *,
    seed: int = 1,
    requests_per_second: float = REQUESTS_PER_SECOND,
    begins_again: bool = False,
) -> Told:
    """Tell the story of a seed. `begins_again` makes a mistake: Redis, emptied, numbers fetches from 1 again."""
    story = _Story(nodes, seconds, fault, seed, requests_per_second, begins_again=begins_again)
    story.loop.run(story.tell())
    seen, upstream = story.shared.seen, story.shared.upstream
    waits = sorted(seen.waits)
    return Told(
        nodes=nodes,
        fault=fault,
        seconds=seconds,
        calls=len(upstream.calls),
        weight=upstream.weight(),
        away_weight=upstream.weight(seconds / 3, 2 * seconds / 3),
        heaviest_minute=upstream.heaviest_minute,
        requests=seen.requests,
        answered=seen.answered,
        refused={reason.value: count for reason, count in sorted(seen.refused.items())},
        longest_wait=waits[-1],
        usual_wait=waits[len(waits) * 99 // 100],
        too_old=tuple(seen.too_old),
        kills=story.kills,
    )
