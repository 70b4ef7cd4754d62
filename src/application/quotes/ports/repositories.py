"""What recorded quotes need of a unit of work."""

from typing import Protocol

from application.concurrency.ports.repositories import LeaseRepositories
from application.quotes.ports.call_counts import CallCounts
from application.quotes.ports.quote_repository import QuoteRepository


class QuotesRepositories(Protocol):
    """Quotes and the calls spent on them, inside one transaction."""

    @property
    def quotes(self) -> QuoteRepository:
        """The recorded quotes."""
        ...

    @property
    def call_counts(self) -> CallCounts:
        """How many calls each source has had."""
        ...


class RecordingRepositories(QuotesRepositories, LeaseRepositories, Protocol):
    """With leases as well: only one process at a time records a quote."""
