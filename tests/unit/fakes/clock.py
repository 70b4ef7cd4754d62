"""A clock that stands still until the test moves it."""

from application.ports.clock import Clock

NOON = 1_714_304_596.0


class FakeClock(Clock):
    def __init__(self, time: float = NOON) -> None:
        self.time = time

    def now(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


class TickingClock(FakeClock):
    """Never returns the same time twice, so that every caller has a time of its own."""

    def now(self) -> float:
        self.advance(0.000_001)
        return self.time
