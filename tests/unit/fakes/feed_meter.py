"""A feed meter that keeps what was reported to it."""

from collections import Counter

from application.market_data.ports.feed_meter import DropReason, FeedMeter


class FakeFeedMeter(FeedMeter):
    """How often each thing happened, and the newest moments."""

    def __init__(self) -> None:
        self.frames: Counter[str] = Counter()
        self.dropped: Counter[DropReason] = Counter()
        self.connections: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.disagreements: Counter[str] = Counter()
        self.lags: list[float] = []
        self.streamed: dict[str, tuple[float, float]] = {}

    def frames_received(self, exchange: str, frames: int) -> None:
        self.frames[exchange] += frames

    def rows_dropped(self, exchange: str, reason: DropReason, rows: int) -> None:  # noqa: ARG002 -- tests have one
        self.dropped[reason] += rows

    def connected(self, exchange: str) -> None:
        self.connections[exchange] += 1

    def connection_lost(self, exchange: str) -> None:
        self.lost[exchange] += 1

    def answered(self, exchange: str, seconds: float) -> None:  # noqa: ARG002 -- as above
        self.lags.append(seconds)

    def disagreed(self, exchange: str, symbols: int) -> None:
        self.disagreements[exchange] += symbols

    def books_streamed(self, exchange: str, observed_at: float, oldest_at: float) -> None:
        self.streamed[exchange] = observed_at, oldest_at
