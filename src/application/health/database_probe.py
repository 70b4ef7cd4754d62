"""What readiness wants to know of the database, by one question for all who ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.concurrency.cached_probe import CachedProbe
from application.ports.clock import Clock
from application.ports.database import Database, UnitOfWork
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.quote import RecordedQuote

# Readiness is open to everyone: however many ask, the database is asked this often and holds one connection for it.
TOLD_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """The newest quote of each tracked pair that has any; None where it is not open yet or, with `failure`, is down."""

    newest: Mapping[Pair, RecordedQuote] | None
    failure: str | None = None


class DatabaseProbe:
    """`tracked` are the pairs that are recorded each hour."""

    def __init__(self, database: Database, tracked: Sequence[Pair], clock: Clock) -> None:
        self._database = database
        self._tracked = tuple(tracked)
        self._seen = CachedProbe(self._look, clock=clock, seconds=TOLD_AGAIN_SECONDS)

    async def __call__(self) -> DatabaseStatus:
        """Return what was seen within the last half second; within a second."""
        return await self._seen()

    async def _look(self) -> DatabaseStatus:
        newest: dict[Pair, RecordedQuote] = {}

        async def read(unit: UnitOfWork) -> None:
            newest.update(await unit.quotes.newest_of(self._tracked))

        try:
            is_open = await self._database.check(read)
        except DatabaseUnavailable as error:
            return DatabaseStatus(None, str(error))
        return DatabaseStatus(newest if is_open else None)
