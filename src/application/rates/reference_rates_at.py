"""The reference rates that were the newest at a moment, now or years ago."""

from application.ports.database import Database
from application.rates.ports.repositories import ReferenceRepositories
from domain.rates.bank_days import latest_bank_day
from domain.rates.reference_rates import ReferenceRates


class ReferenceRatesAt:
    """Reads one row. `source` is None where reference rates are turned off: then there never are any."""

    def __init__(self, database: Database[ReferenceRepositories], source: str | None) -> None:
        self._database = database
        self._source = source

    async def __call__(self, at: float) -> ReferenceRates | None:
        """Return the last rates published by `at`, in Unix seconds; None if none of that time are kept.

        Whether they were current then, `overdue_seconds(at)` tells: it is 0. Raises `DatabaseUnavailable`.
        """
        if self._source is None:
            return None
        async with self._database.reading() as unit:
            return await unit.reference_rates.find_at(self._source, latest_bank_day(at))
