"""Make a change of a user's wallets in one unit of work, at most once."""

from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import TypeVar

from application.concurrency.group_commit import GroupCommit
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
        self._groups = GroupCommit(database, lambda unit: unit.journal.gathering())
        self._clock = clock

    async def __call__(
        self,
        user: User,
        change: Callable[[WalletsRepositories, User, float], Awaitable[T]],
        once: Once[T] | None,
        *,
        locks: Hashable | None = None,
    ) -> T:
        """Make the change, and return its result once it is committed.

        `locks` names what it locks, if that is known: a user's changes that lock the same are committed together where
        they would wait for each other.
        """
        now = self._clock.now()

        async def work(unit: ChangingRepositories) -> T:
            return await change(unit, user, now)

        if locks is None:
            return await write_once(self._database.write, work, once)
        return await write_once(partial(self._groups.write, (user.id, locks)), work, once)
