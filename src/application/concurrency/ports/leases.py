"""The port to leases: mutual exclusion across processes."""

from typing import Protocol

# A lease acquired further in the future than this is void: the clock has been set back since.
CLOCK_TOLERANCE_SECONDS = 60.0


class Leases(Protocol):
    """Leases on names, at most one per name, in one unit of work; others see changes once it is committed.

    Times are Unix seconds of the caller's clock; a difference between clocks shifts the expiry by as much. Calls may
    raise `DatabaseUnavailable`.
    """

    async def acquire(self, name: str, holder: str, now: float, until: float) -> bool:
        """Acquire the lease on a name of at most 255 bytes until `until`; return False while another holder has it.

        Of any number of concurrent calls, exactly one succeeds.
        """
        ...

    async def is_held(self, name: str, now: float) -> bool:
        """Tell whether anybody holds the lease on a name at `now`."""
        ...

    async def release(self, name: str, holder: str) -> None:
        """Release the lease if this holder still has it."""
        ...

    async def delete_expired(self, now: float) -> None:
        """Delete the leases that have expired by `now`, to save space."""
        ...
