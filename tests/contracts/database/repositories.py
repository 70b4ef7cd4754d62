"""Every feature's repositories, as a use case of several features would ask for them."""

from typing import Protocol

from application.identity.ports.repositories import IdentityRepositories
from application.quotes.ports.repositories import RecordingRepositories


class AllRepositories(IdentityRepositories, RecordingRepositories, Protocol):
    """Identity, quotes and leases, inside one transaction."""
