"""What identity needs of a unit of work."""

from typing import Protocol

from application.identity.ports.api_keys import ApiKeys
from application.identity.ports.audit_log import AuditLog
from application.identity.ports.login_failures import LoginFailures
from application.identity.ports.sessions import Sessions
from application.identity.ports.users import Users


class IdentityRepositories(Protocol):
    """Everything about users, inside one transaction."""

    @property
    def users(self) -> Users:
        """The users."""
        ...

    @property
    def sessions(self) -> Sessions:
        """Their sign-ins."""
        ...

    @property
    def api_keys(self) -> ApiKeys:
        """Their API keys."""
        ...

    @property
    def login_failures(self) -> LoginFailures:
        """Recent failed logins."""
        ...

    @property
    def audit_log(self) -> AuditLog:
        """What happened to accounts and keys."""
        ...
