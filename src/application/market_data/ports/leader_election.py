"""Which process syncs the markets."""

from typing import Protocol


class LeaderElection(Protocol):
    """One leader at a time, until it steps down or its lease expires."""

    async def acquire(self, lease_seconds: float) -> float:
        """Become the leader for so long from now on, or renew the lease of a leader. Return 0 for a success.

        Otherwise another process leads, for at most as many seconds as are returned. Raises `LockUnavailable`.
        """
        ...

    async def step_down(self) -> None:
        """Cease to be the leader, if this process is. Raises `LockUnavailable`."""
        ...
