"""A database whose writes can be made to fail."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from adapters.sql.database import SqlDatabase
from adapters.sql.repositories import SqlRepositories

T = TypeVar("T")


class FailingWrites(SqlDatabase):
    """Every write raises `failure` while it is set."""

    failure: Exception | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[SqlRepositories]:
        if self.failure is not None:
            raise self.failure
        async with super().writing() as unit:
            yield unit

    async def write(self, work: Callable[[SqlRepositories], Awaitable[T]]) -> T:
        if self.failure is not None:
            raise self.failure
        return await super().write(work)
