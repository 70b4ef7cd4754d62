"""The port to the repository of hourly tables."""

from collections.abc import Collection, Sequence
from typing import Protocol

from domain.currency import Currency
from domain.quotes.hourly_table import HourlyTable


class HourlyTables(Protocol):
    """One table an hour, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, table: HourlyTable) -> bool:
        """Store the table of an hour; if the hour already has one, store nothing and return False."""
        ...

    async def has(self, hour: int) -> bool:
        """Return whether the hour has a table."""
        ...

    async def find_last(self, at: int) -> Sequence[HourlyTable]:
        """Return the tables of the last two hours that began by Unix second `at` and have one, the later first.

        Rates are recorded some minutes into their hour, so `at` may be before those of the later one.
        """
        ...

    async def find_around(self, at: int, count: int, currencies: Collection[Currency]) -> Sequence[HourlyTable]:
        """Return tables with the rates of these currencies alone, the nearest hours first on each side of `at`.

        They are those of the last `count` hours that began by `at` and have a table, and of the first `count` after it.
        """
        ...

    async def list_hours(self, until: int) -> Sequence[int]:
        """Return the hours before Unix second `until` that have a table."""
        ...

    async def delete(self, hours: Collection[int]) -> None:
        """Delete the tables of these hours."""
        ...
