"""Probes whether the database takes writes: reads can succeed when writes fail."""

from functools import partial

from application.concurrency.cached_probe import CachedProbe
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import DatabaseUnavailable

# The readiness endpoint is public: however much it is called, each process writes no more often than this.
WRITE_PROBE_TTL_SECONDS = 30.0


class WriteProbe:
    """Writes at most twice a minute, and only when called."""

    def __init__(self, database: Database[object], clock: Clock) -> None:
        self._failure = CachedProbe(partial(_failure_of, database), clock=clock, ttl_seconds=WRITE_PROBE_TTL_SECONDS)

    async def __call__(self) -> str | None:
        """Return why the database takes no writes, at most half a minute old; None if it does."""
        return await self._failure()


async def _failure_of(database: Database[object]) -> str | None:
    try:
        await database.check_writing()
    except DatabaseUnavailable as error:
        return str(error)
    return None
