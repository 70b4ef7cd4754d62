"""Make a change of a user's wallets in one unit of work, at most once."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from application.idempotency.write_once import Once, write_once
from application.ports.clock import Clock
from application.ports.database import Database
from application.wallets.ports.repositories import ChangingRepositories, WalletsRepositories
from domain.identity.user import User

T = TypeVar("T")


class ChangeWallets:
    """Runs the functions of this folder that take a unit of work; the clock's time is the same if one runs again."""

    def __init__(self, *, database: Database[ChangingRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(
        self, user: User, change: Callable[[WalletsRepositories, User, float], Awaitable[T]], once: Once[T] | None
    ) -> T:
        """Make the change, and return its result once it is committed."""
        now = self._clock.now()

        async def work(unit: ChangingRepositories) -> T:
            return await change(unit, user, now)

        return await write_once(self._database, work, once)
