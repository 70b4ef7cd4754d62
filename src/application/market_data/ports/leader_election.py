"""Which process does what only one should do."""

from typing import Protocol


class LeaderElection(Protocol):
    """One leader at a time, until it resigns or has not said for a while that it still leads."""

    async def lead(self, for_seconds: float) -> float:
        """Lead for so long from now on, or longer if this process leads already. Return 0 if it does.

        Else another process leads, and may do so for as many seconds as come back. Raises `CacheUnavailable` when that
        cannot be told.
        """
        ...

    async def resign(self) -> None:
        """Lead no longer, if this process does. Raises `CacheUnavailable`."""
        ...
