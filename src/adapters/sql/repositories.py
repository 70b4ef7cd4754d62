"""Every feature's repositories, on one connection in one transaction."""

from adapters.sql.concurrency.repositories import SqlLeaseRepositories
from adapters.sql.identity.repositories import SqlIdentityRepositories
from adapters.sql.quotes.repositories import SqlQuotesRepositories


class SqlRepositories(SqlIdentityRepositories, SqlQuotesRepositories, SqlLeaseRepositories):
    """One base a feature: whatever several features change in a unit of work is committed or rolled back together."""
