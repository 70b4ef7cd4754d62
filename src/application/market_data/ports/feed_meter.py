"""The port to metrics of feeds."""

from enum import StrEnum
from typing import Protocol


class DropReason(StrEnum):
    """Why a streamed row or frame was not used. The values are names in metrics."""

    REPEATED = "repeated"  # not later than the row before it
    STALE_CONNECTION = "stale_connection"  # by a connection that has been replaced
    CROSSED = "crossed"
    NOT_POSITIVE = "not_positive"
    UNREADABLE = "unreadable"
    TOO_MANY_SYMBOLS = "too_many_symbols"
    DATED_AHEAD = "dated_ahead"  # later than now
    MISSED = "missed"  # published by another process, without the update before it


class FeedMeter(Protocol):
    """Each call reports what happened since the last one. No call blocks or raises."""

    def frames_received(self, exchange: str, frames: int) -> None:
        """So many frames came, pings and confirmations too."""
        ...

    def rows_dropped(self, exchange: str, reason: DropReason, rows: int) -> None:
        """So many rows were not used."""
        ...

    def connected(self, exchange: str) -> None:
        """A connection was opened and its subscriptions confirmed."""
        ...

    def connection_lost(self, exchange: str) -> None:
        """A connection ended, or none could be opened, other than by rotation."""
        ...

    def answered(self, exchange: str, seconds: float) -> None:
        """A ping was answered after so long, and with it all that was sent before."""
        ...

    def disagreed(self, exchange: str, symbols: int) -> None:
        """So many symbols did not stream what a snapshot shows: they were subscribed to again."""
        ...

    def books_streamed(self, exchange: str, observed_at: float, oldest_at: float) -> None:
        """Streamed books are in use: those of live symbols as of `observed_at`, the oldest of the others earlier."""
        ...
