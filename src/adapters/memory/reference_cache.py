"""The newest reference rates in the memory of one process, which shares them with nobody."""

from application.rates.ports.reference_cache import ReferenceCache
from domain.rates.reference_rates import ReferenceRates


class MemoryReferenceCache(ReferenceCache):
    """Holds one value."""

    def __init__(self) -> None:
        self._rates: ReferenceRates | None = None

    async def read(self) -> ReferenceRates | None:
        """Return the newest publication."""
        return self._rates

    async def write(self, rates: ReferenceRates) -> None:
        """Replace the newest publication."""
        self._rates = rates
