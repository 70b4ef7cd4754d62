"""The port to leader election: which process syncs the markets."""

from typing import Protocol


class LeaderElection(Protocol):
    """One leader at a time, until it steps down or its lease expires."""

    async def acquire(self, lease_seconds: float) -> float:
        """Become the leader for `lease_seconds`, or renew the leader's lease; return 0.

        If another process leads, return the seconds until its lease expires. Raises `LockUnavailable`.
        """
        ...

    async def step_down(self) -> None:
        """Give up the leadership, if this process has it. Raises `LockUnavailable`."""
        ...
