"""The repositories of identity in a unit of work."""

from adapters.sql.identity.api_keys import SqlApiKeys
from adapters.sql.identity.audit_log import SqlAuditLog
from adapters.sql.identity.known_addresses import SqlKnownAddresses
from adapters.sql.identity.login_failures import SqlLoginFailures
from adapters.sql.identity.sessions import SqlSessions
from adapters.sql.identity.users import SqlUsers
from adapters.sql.transaction import InTransaction
from application.identity.ports.api_keys import ApiKeys
from application.identity.ports.audit_log import AuditLog
from application.identity.ports.known_addresses import KnownAddresses
from application.identity.ports.login_failures import LoginFailures
from application.identity.ports.repositories import IdentityRepositories
from application.identity.ports.sessions import Sessions
from application.identity.ports.users import Users


class SqlIdentityRepositories(InTransaction, IdentityRepositories):
    """The repositories of identity, in one transaction."""

    @property
    def users(self) -> Users:
        """The users."""
        return SqlUsers(self._connection)

    @property
    def sessions(self) -> Sessions:
        """The users' sessions."""
        return SqlSessions(self._connection)

    @property
    def api_keys(self) -> ApiKeys:
        """The users' API keys."""
        return SqlApiKeys(self._connection)

    @property
    def login_failures(self) -> LoginFailures:
        """Recent failed logins."""
        return SqlLoginFailures(self._connection)

    @property
    def known_addresses(self) -> KnownAddresses:
        """Addresses of successful logins."""
        return SqlKnownAddresses(self._connection)

    @property
    def audit_log(self) -> AuditLog:
        """The audit log of accounts and keys."""
        return SqlAuditLog(self._connection)
