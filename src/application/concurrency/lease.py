"""A lease held for the length of a block."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from secrets import token_hex

from application.concurrency.ports.repositories import LeaseRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import DatabaseUnavailable


@asynccontextmanager
async def try_lease(
    database: Database[LeaseRepositories], clock: Clock, name: str, seconds: float
) -> AsyncIterator[bool]:
    """Hold a lease of the name inside the block, for `seconds` at most; yield whether it was free.

    A holder that dies keeps it until it expires. Raises `DatabaseUnavailable`.
    """
    holder = token_hex(16)
    async with database.writing() as unit:
        now = clock.now()
        is_ours = await unit.leases.acquire(name, holder, now, now + seconds)
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(DatabaseUnavailable):  # then it expires by itself
                async with database.writing() as unit:
                    await unit.leases.release(name, holder)
