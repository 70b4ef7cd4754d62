"""The port to the newest publication that processes share."""

from typing import Protocol

from domain.rates.reference_rates import ReferenceRates


class ReferenceCache(Protocol):
    """Every call may raise `CacheUnavailable`, within half a second; the database has the same."""

    async def read(self) -> ReferenceRates | None:
        """Return the newest publication; None if it is missing, damaged or of another version or source."""
        ...

    async def write(self, rates: ReferenceRates) -> None:
        """Replace the newest publication."""
        ...
