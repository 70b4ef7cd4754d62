"""What each figure must reach (bar) and should reach (aim): the one place where these numbers stand."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

# A bar missed by more than this fails `--check`: noise stops no one, a real loss does.
TOLERANCE = 0.2


class Better(StrEnum):
    """Which way a figure is good."""

    HIGHER = "at least"
    LOWER = "at most"


class Verdict(StrEnum):
    """What came of a figure."""

    AIM = "aim reached"
    BAR = "bar held"
    WITHIN_TOLERANCE = "missed, by noise at most"
    MISSED = "missed"
    SHOWN = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One row of the table. Without a bar the figure is only shown."""

    title: str
    better: Better = Better.LOWER
    bar: float | None = None
    aim: float | None = None
    unit: str = ""

    def verdict(self, value: float) -> Verdict:
        """Judge a measured value."""
        if self.bar is None:
            return Verdict.SHOWN
        if self.aim is not None and self._reaches(value, self.aim):
            return Verdict.AIM
        if self._reaches(value, self.bar):
            return Verdict.BAR
        loosened = self.bar * (1 - TOLERANCE if self.better is Better.HIGHER else 1 + TOLERANCE)
        return Verdict.WITHIN_TOLERANCE if self._reaches(value, loosened) else Verdict.MISSED

    def _reaches(self, value: float, goal: float) -> bool:
        return value >= goal if self.better is Better.HIGHER else value <= goal


HIGHER, LOWER = Better.HIGHER, Better.LOWER

TARGETS = MappingProxyType(
    {
        "quiet.direct": Target("Warm direct conversions/s, one process: of a bare handler's", HIGHER, 0.75, 0.95),
        "quiet.indirect": Target("Warm indirect conversions/s, one process: of a bare handler's", HIGHER, 0.75, 0.95),
        "logged.direct": Target("The same, direct, with a JSON log line a request", HIGHER, 0.60, 0.75),
        "logged.indirect": Target("The same, indirect, with a JSON log line a request", HIGHER, 0.60, 0.75),
        "workers.direct": Target("Direct, 2 gunicorn workers: of 2 bare workers'", HIGHER, 0.75, 0.95),
        "workers.indirect": Target("Indirect, 2 gunicorn workers: of 2 bare workers'", HIGHER, 0.75, 0.95),
        "latency.p99": Target("p99 of warm conversions, all books fetched each second: of p99 at rest", LOWER, 2, 1.2),
        "refresh.bare": Target("Refreshing 3,500 pairs: time of fetching and parsing alone", LOWER, 1.8, 1.3),
        "refresh.ccxt": Target("Refreshing 3,500 pairs: times faster than ccxt", HIGHER, 8, 15),
        "refresh.stall": Target("Longest stall of the loop while 3,500 pairs are refreshed", LOWER, 10, 3, "ms"),
        "route.1.time": Target("find_route, direct, 1,500 pairs", unit="µs"),
        "route.2.time": Target("find_route, 2 legs, 1,500 pairs", LOWER, 5, 1, "µs"),
        "route.3.time": Target("find_route, 3 legs, 1,500 pairs", LOWER, 15, 2, "µs"),
        "route.1.growth": Target("find_route, direct: time at 150,000 pairs, of that at 1,500", LOWER, 5, 1),
        "route.2.growth": Target("find_route, 2 legs: time at 150,000 pairs, of that at 1,500", LOWER, 5, 1),
        "route.3.growth": Target("find_route, 3 legs: time at 150,000 pairs, of that at 1,500", LOWER, 5, 1),
        "upstream.direct.calls": Target("Upstream calls of a cold direct conversion", unit="calls"),
        "upstream.direct.bytes": Target("Upstream bytes of a cold direct conversion, as sent", unit="kB"),
        "upstream.indirect.calls": Target("Upstream calls of a cold indirect conversion", unit="calls"),
        "upstream.indirect.bytes": Target("Upstream bytes of a cold indirect conversion, as sent", unit="kB"),
        "upstream.warm.calls": Target("Upstream calls of 1,000 warm conversions", unit="calls"),
        "upstream.warm.bytes": Target("Upstream bytes of 1,000 warm conversions", unit="kB"),
        "start": Target("Start to first answered conversion, nothing cached", LOWER, 2, unit="s"),
        "memory.rest": Target("Memory at rest, both markets held", unit="MB"),
        "memory.growth": Target("Growth of memory under load", LOWER, 5, unit="%"),
        "quotes.latest": Target("GET /quotes/latest of a pair, 1,000,000 rows on Postgres", LOWER, 5, unit="ms"),
        "quotes.page": Target("GET /quotes, a page of 1,000, 1,000,000 rows on Postgres", LOWER, 25, unit="ms"),
    }
)
