"""The repositories of quotes in a unit of work."""

from adapters.sql.quotes.call_counts import SqlCallCounts
from adapters.sql.quotes.hourly_tables import SqlHourlyTables
from adapters.sql.quotes.quote_repository import SqlQuoteRepository
from adapters.sql.transaction import InTransaction
from application.quotes.ports.call_counts import CallCounts
from application.quotes.ports.hourly_tables import HourlyTables
from application.quotes.ports.quote_repository import QuoteRepository
from application.quotes.ports.repositories import QuotesRepositories


class SqlQuotesRepositories(InTransaction, QuotesRepositories):
    """The repositories of quotes, in one transaction."""

    @property
    def quotes(self) -> QuoteRepository:
        """The recorded quotes."""
        return SqlQuoteRepository(self._connection)

    @property
    def hourly_tables(self) -> HourlyTables:
        """The hourly tables of all currencies."""
        return SqlHourlyTables(self._connection)

    @property
    def call_counts(self) -> CallCounts:
        """The number of calls made to each source."""
        return SqlCallCounts(self._connection)
