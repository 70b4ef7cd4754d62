"""The port to metrics of recorded quotes."""

from typing import Protocol

from domain.quotes.quote import Quote


class QuoteMeter(Protocol):
    """Each call reports one event. No call blocks or raises."""

    def quote_recorded(self, quote: Quote) -> None:
        """A tracked pair has a newer quote, recorded by this process or found to be recorded by another."""
        ...
