"""The repositories of quotes in a unit of work."""

from typing import Protocol

from application.concurrency.ports.repositories import LeaseRepositories
from application.quotes.ports.call_counts import CallCounts
from application.quotes.ports.hourly_tables import HourlyTables
from application.quotes.ports.quote_repository import QuoteRepository


class QuotesRepositories(Protocol):
    """The repositories of quotes, in one transaction."""

    @property
    def quotes(self) -> QuoteRepository:
        """The recorded quotes."""
        ...

    @property
    def hourly_tables(self) -> HourlyTables:
        """The hourly tables of all currencies."""
        ...

    @property
    def call_counts(self) -> CallCounts:
        """The number of calls made to each source."""
        ...


class RecordingRepositories(QuotesRepositories, LeaseRepositories, Protocol):
    """Adds leases, because only one process at a time records a quote."""
