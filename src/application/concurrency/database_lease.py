"""A lease that is held during a block."""

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
    """Hold a lease on `name` during the block, for at most `seconds`; yield whether it was acquired.

    The lease of a dead holder expires by itself. Raises `DatabaseUnavailable`.
    """
    holder = token_hex(16)

    async def acquire(unit: LeaseRepositories) -> bool:
        now = clock.now()
        return await unit.leases.acquire(name, holder, now, now + seconds)

    is_ours = await database.write(acquire)
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(DatabaseUnavailable):  # the lease expires by itself
                await database.write(lambda unit: unit.leases.release(name, holder))
