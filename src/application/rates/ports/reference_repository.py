"""The port to the kept publications of reference rates."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from domain.rates.reference_rates import ReferenceRates


class ReferenceRepository(Protocol):
    """Publications by source and day, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def put(self, publications: Sequence[ReferenceRates]) -> None:
        """Store publications; one of the same source and day is replaced, as the bank may correct it."""
        ...

    async def find_at(self, source: str, day: date) -> ReferenceRates | None:
        """Return the newest publication of this day or before it, None if there is none."""
        ...

    async def list_between(self, source: str, first: date, last: date, most: int) -> Sequence[ReferenceRates]:
        """Return the publications from `first` to `last`, both included, in order: at most so many, the oldest."""
        ...

    async def list_days(self, source: str, since: date) -> Collection[date]:
        """Return the kept days from `since` on."""
        ...

    async def find_first_day(self, source: str) -> date | None:
        """Return the oldest kept day, None if there is none."""
        ...
