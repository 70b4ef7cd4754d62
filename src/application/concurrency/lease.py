"""A claim for as long as something lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from secrets import token_hex

from application.concurrency.ports.repositories import LeaseRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import DatabaseUnavailable


@asynccontextmanager
async def lease_held(
    database: Database[LeaseRepositories], clock: Clock, name: str, seconds: float
) -> AsyncIterator[bool]:
    """Hold the name meanwhile, for so long at most, and tell whether it was free.

    A holder that dies keeps it for the rest of that time. Raises `DatabaseUnavailable`: without it nothing could be
    kept either.
    """
    holder = token_hex(16)
    async with database.writing() as unit:
        now = clock.now()
        is_ours = await unit.leases.take(name, holder, now, now + seconds)
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(DatabaseUnavailable):  # then it ends by itself
                async with database.writing() as unit:
                    await unit.leases.give_up(name, holder)
