"""The repositories that wallets need in a unit of work."""

from typing import Protocol

from application.idempotency.ports.repositories import IdempotencyRepositories
from application.identity.ports.repositories import IdentityRepositories
from application.ledger.ports.repositories import LedgerRepositories
from application.wallets.ports.wallets import Wallets
from application.webhooks.ports.repositories import EventRepositories


class WalletsRepositories(IdentityRepositories, LedgerRepositories, EventRepositories, Protocol):
    """The wallets, their accounts in the ledger, their owners, and events of all this, in one transaction."""

    @property
    def wallets(self) -> Wallets:
        """The wallets."""
        ...


class ChangingRepositories(WalletsRepositories, IdempotencyRepositories, Protocol):
    """For changes that a repeated request does not repeat."""
