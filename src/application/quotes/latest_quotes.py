"""Return the newest quote of a pair, or of every tracked pair."""

from collections.abc import Sequence

from application.ports.database import Database
from application.quotes.ports.repositories import QuotesRepositories
from domain.pair import Pair
from domain.quotes.errors import NotRecorded
from domain.quotes.quote import RecordedQuote


class LatestQuotes:
    """`tracked` are the pairs that are recorded each hour."""

    def __init__(self, database: Database[QuotesRepositories], tracked: Sequence[Pair]) -> None:
        self._database = database
        self._tracked = tuple(tracked)

    async def __call__(self, pair: Pair | None) -> list[RecordedQuote]:
        """Return the pair's newest quote; for None, that of each tracked pair that has any, in the configured order.

        Raises `NotRecorded` if the pair has none, and `DatabaseUnavailable`.
        """
        asked = self._tracked if pair is None else (pair,)
        async with self._database.reading() as unit:
            newest = await unit.quotes.find_newest(asked)
        if pair is not None and not newest:
            raise NotRecorded(f"no quote of {pair} has been recorded yet")
        return [newest[each] for each in asked if each in newest]
