"""What is measured of recorded quotes."""

from typing import Protocol

from domain.quotes.quote import Quote


class QuoteMeter(Protocol):
    """Takes events of recorded quotes. A call neither waits nor fails."""

    def quote_recorded(self, quote: Quote) -> None:
        """Keep the moment of a tracked pair's newest quote; also called when another process turns out to have it."""
        ...
