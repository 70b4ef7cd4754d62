"""Every feature's repositories, as a use case of several features would ask for them."""

from typing import Protocol

from application.identity.ports.repositories import DeletionRepositories, OnceRepositories
from application.ledger.ports.repositories import LedgerRepositories
from application.quotes.ports.repositories import RecordingRepositories
from application.rates.ports.repositories import ReferenceRepositories


class AllRepositories(
    DeletionRepositories, OnceRepositories, RecordingRepositories, LedgerRepositories, ReferenceRepositories, Protocol
):
    """Identity, quotes, reference rates, leases and the ledger, inside one transaction."""
