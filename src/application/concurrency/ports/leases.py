"""Leases: the right to do what only one process at a time may do."""

from typing import Protocol

# A lease taken further in the future than this was taken by a clock that has been set back since, and is void.
CLOCK_TOLERANCE_SECONDS = 60.0


class Leases(Protocol):
    """Names with at most one holder at a time, inside one unit of work; others see a lease once that is committed.

    Moments are Unix seconds by the caller's clock: clocks that differ shift the end of a lease by as much. Calls may
    raise `DatabaseUnavailable`.
    """

    async def acquire(self, name: str, holder: str, now: float, until: float) -> bool:
        """Take a lease of the name, of at most 255 bytes, until that moment; return False while another holder has it.

        Of any number of simultaneous calls, one succeeds.
        """
        ...

    async def release(self, name: str, holder: str) -> None:
        """End the lease, if this holder still has it."""
        ...

    async def delete_expired(self, now: float) -> None:
        """Delete the leases that have expired by `now`; they only take up space."""
        ...
