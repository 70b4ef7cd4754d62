"""The port to a bank's publications of reference rates."""

from collections.abc import AsyncGenerator
from typing import Protocol

from domain.rates.reference_rates import ReferenceRates


class ReferenceSource(Protocol):
    """Each call makes one request, with a timeout, without cache or retry.

    It raises `ExchangeUnavailable` if there is no answer, or none that can be a publication. Days come in their order,
    one by one: a failure may follow some of them.
    """

    @property
    def name(self) -> str:
        """The bank's name in answers, in lower case."""
        ...

    async def newest(self) -> ReferenceRates:
        """Return the newest publication."""
        ...

    def recent(self) -> AsyncGenerator[ReferenceRates, None]:
        """Yield the publications of the last ninety days."""
        ...

    def history(self) -> AsyncGenerator[ReferenceRates, None]:
        """Yield all publications."""
        ...
