"""The repositories of identity in a unit of work."""

from typing import Protocol

from application.idempotency.ports.repositories import IdempotencyRepositories
from application.identity.ports.api_keys import ApiKeys
from application.identity.ports.audit_log import AuditLog
from application.identity.ports.funds import Funds
from application.identity.ports.known_addresses import KnownAddresses
from application.identity.ports.login_failures import LoginFailures
from application.identity.ports.outbox import Outbox
from application.identity.ports.sessions import Sessions
from application.identity.ports.users import Users


class IdentityRepositories(Protocol):
    """The repositories of identity, in one transaction."""

    @property
    def users(self) -> Users:
        """The users."""
        ...

    @property
    def sessions(self) -> Sessions:
        """The users' sessions."""
        ...

    @property
    def api_keys(self) -> ApiKeys:
        """The users' API keys."""
        ...

    @property
    def login_failures(self) -> LoginFailures:
        """Recent failed logins."""
        ...

    @property
    def known_addresses(self) -> KnownAddresses:
        """Addresses of successful logins."""
        ...

    @property
    def audit_log(self) -> AuditLog:
        """The audit log of accounts and keys."""
        ...


class DeletionRepositories(IdentityRepositories, Protocol):
    """Adds the users' funds, because a user with funds cannot be deleted, and what goes with a user."""

    @property
    def deliveries(self) -> Outbox:
        """What is kept for the users' webhooks."""
        ...

    @property
    def funds(self) -> Funds:
        """What the users have."""
        ...


class OnceRepositories(IdentityRepositories, IdempotencyRepositories, Protocol):
    """For changes that a repeated request does not repeat."""
