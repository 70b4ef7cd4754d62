"""Every repository, on one connection in one transaction."""

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.api_keys import SqlApiKeys
from adapters.sql.audit_trail import SqlAuditTrail
from adapters.sql.call_counts import SqlCallCounts
from adapters.sql.claims import SqlClaims
from adapters.sql.login_failures import SqlLoginFailures
from adapters.sql.quotes import SqlQuotes
from adapters.sql.sessions import SqlSessions
from adapters.sql.users import SqlUsers
from application.ports.api_keys import ApiKeys
from application.ports.audit_trail import AuditTrail
from application.ports.call_counts import CallCounts
from application.ports.claims import Claims
from application.ports.database import UnitOfWork
from application.ports.login_failures import LoginFailures
from application.ports.quotes import Quotes
from application.ports.sessions import Sessions
from application.ports.users import Users


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
    def audit_trail(self) -> AuditTrail:
        """What happened to accounts and keys."""
        return SqlAuditTrail(self._connection)

    @property
    def quotes(self) -> Quotes:
        """The recorded quotes."""
        return SqlQuotes(self._connection)

    @property
    def claims(self) -> Claims:
        """Who does what only one shall do."""
        return SqlClaims(self._connection)

    @property
    def call_counts(self) -> CallCounts:
        """How often sources were asked."""
        return SqlCallCounts(self._connection)
