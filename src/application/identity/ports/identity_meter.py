"""The port to metrics of identity."""

from typing import Protocol

from domain.identity.lockout import LockScope


class IdentityMeter(Protocol):
    """Each call reports one event. No call blocks or raises."""

    def lockout_began(self, scope: LockScope) -> None:
        """Wrong passwords reached a bound; further attempts are rejected for a while."""
        ...
