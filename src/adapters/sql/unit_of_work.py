"""Every repository, on one connection in one transaction."""

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.identity.api_keys import SqlApiKeys
from adapters.sql.identity.audit_log import SqlAuditLog
from adapters.sql.identity.login_failures import SqlLoginFailures
from adapters.sql.identity.sessions import SqlSessions
from adapters.sql.identity.users import SqlUsers
from adapters.sql.leases import SqlLeases
from adapters.sql.quotes.call_counts import SqlCallCounts
from adapters.sql.quotes.quote_repository import SqlQuotes
from application.concurrency.ports.leases import Leases
from application.identity.ports.api_keys import ApiKeys
from application.identity.ports.audit_log import AuditLog
from application.identity.ports.login_failures import LoginFailures
from application.identity.ports.sessions import Sessions
from application.identity.ports.users import Users
from application.ports.database import UnitOfWork
from application.quotes.ports.call_counts import CallCounts
from application.quotes.ports.quote_repository import Quotes


class SqlUnitOfWork(UnitOfWork):
    """Made for each transaction; a repository is made when it is asked for, and holds nothing but the connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @property
    def users(self) -> Users:
        """The users."""
        return SqlUsers(self._connection)

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return SqlSessions(self._connection)

    @property
    def api_keys(self) -> ApiKeys:
        """The keys of users' programs."""
        return SqlApiKeys(self._connection)

    @property
    def login_failures(self) -> LoginFailures:
        """The logins that failed lately."""
        return SqlLoginFailures(self._connection)

    @property
    def audit_log(self) -> AuditLog:
        """What happened to accounts and keys."""
        return SqlAuditLog(self._connection)

    @property
    def quotes(self) -> Quotes:
        """The recorded quotes."""
        return SqlQuotes(self._connection)

    @property
    def leases(self) -> Leases:
        """Who does what only one shall do."""
        return SqlLeases(self._connection)

    @property
    def call_counts(self) -> CallCounts:
        """How often sources were asked."""
        return SqlCallCounts(self._connection)
