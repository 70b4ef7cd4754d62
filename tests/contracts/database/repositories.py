"""Every feature's repositories, as a use case of several features would ask for them."""

from typing import Protocol

from application.identity.ports.repositories import DeletionRepositories
from application.quotes.ports.repositories import RecordingRepositories
from application.rates.ports.repositories import ReferenceRepositories
from application.wallets.ports.repositories import ChangingRepositories


class AllRepositories(
    ChangingRepositories, DeletionRepositories, RecordingRepositories, ReferenceRepositories, Protocol
):
    """Identity, idempotency, quotes, reference rates, leases, the ledger and wallets, inside one transaction."""
