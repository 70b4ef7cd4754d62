"""How much a full and a short run measure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """How much each of the three repeats measures, and each of the rounds at a steady pace, of which there are more.

    A few slow answers make the p99 of a round. Many short rounds keep a neighbour's burst in one or two of them, which
    do not move the median.
    """

    load_seconds: int
    paced_rounds: int
    paced_seconds: int
    refreshes: int
    routes: int
    conversions_for_memory: int
    attack_seconds: float


FULL = Effort(
    load_seconds=5,
    paced_rounds=5,
    paced_seconds=10,
    refreshes=5,
    routes=1000,
    conversions_for_memory=1_000_000,
    attack_seconds=2.0,
)
SHORT = Effort(
    load_seconds=1,
    paced_rounds=5,
    paced_seconds=2,
    refreshes=2,
    routes=300,
    conversions_for_memory=20_000,
    attack_seconds=0.8,
)
