"""The port to a bank's publications of reference rates."""

from collections.abc import Sequence
from typing import Protocol

from domain.rates.reference_rates import ReferenceRates


class ReferenceSource(Protocol):
    """Each call makes one request, with a timeout, without cache or retry.

    It raises `ExchangeUnavailable` if there is no answer, or none that can be a publication. Days come in their order.
    """

    @property
    def name(self) -> str:
        """The bank's name in answers, in lower case."""
        ...

    async def newest(self) -> ReferenceRates:
        """Return the newest publication."""
        ...

    async def recent(self) -> Sequence[ReferenceRates]:
        """Return the publications of the last ninety days."""
        ...

    async def history(self) -> Sequence[ReferenceRates]:
        """Return all publications."""
        ...
