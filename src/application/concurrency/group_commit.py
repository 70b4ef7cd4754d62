"""Group commit: changes that wait for each other anyway are committed together."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from application.concurrency.own_error import own_error
from application.ports.database import Database
from domain.errors import ConcurrentChange, DatabaseUnavailable

# More would save little, and make other processes wait long for what the group has locked.
MOST_TOGETHER = 16

# As long as for a row that another transaction has locked.
WAIT_SECONDS = 2.0

Repositories = TypeVar("Repositories")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Change(Generic[Repositories]):
    """A change that waits, and its result once it is committed. `done` is cancelled along with its caller."""

    work: Callable[[Repositories], Awaitable[Any]]
    done: "asyncio.Future[Any]"
    came_at: float
    context: Context = field(default_factory=copy_context)


class GroupCommit(Generic[Repositories]):
    """While a change is under way, later ones with the same key wait here, without a connection to the database.

    Then they are made in one unit of work, one after the other as they came, a few at a time. If one of them raises,
    nothing of the group is kept, and each is made again in a unit of its own, so that it succeeds or fails by itself.
    That the database is unavailable, or the outcome of COMMIT unknown, is told to the whole group.

    Changes with one key must lock the same rows, or units would wait for each other in a circle.
    """

    def __init__(
        self, database: Database[Repositories], gathering: Callable[[Repositories], AbstractAsyncContextManager[None]]
    ) -> None:
        """`gathering` is what the changes of a group run in; it may store what they change only in the end."""
        self._database = database
        self._gathering = gathering
        # One entry for each key of which a change is under way.
        self._waiting: dict[Hashable, deque[_Change[Repositories]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def write(self, key: Hashable, work: Callable[[Repositories], Awaitable[T]]) -> T:
        """Run `work` like `Database.write`, perhaps in one unit with others.

        What has begun together with others goes on if its caller is cancelled. Raises `ConcurrentChange` also if
        waiting takes too long.
        """
        waiting = self._waiting.get(key)
        if waiting is not None:
            loop = asyncio.get_running_loop()
            change = _Change(work, loop.create_future(), loop.time())
            waiting.append(change)
            result: T = await change.done
            return result
        self._waiting[key] = deque()
        try:
            return await self._database.write(work)
        finally:
            self._go_on(key)

    def _go_on(self, key: Hashable) -> None:
        """Make what has come in the meantime, in a task of its own, because no caller's end may stop it."""
        if not self._waiting[key]:
            del self._waiting[key]
            return
        task = asyncio.create_task(self._make_all(key), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make_all(self, key: Hashable) -> None:
        waiting = self._waiting[key]
        try:
            while waiting:
                group = list(islice(waiting, MOST_TOGETHER))
                await self._make(_wanted(group))
                for _ in group:
                    waiting.popleft()
        finally:
            del self._waiting[key]
            for change in waiting:  # the event loop ends
                change.done.cancel()

    async def _make(self, group: Sequence[_Change[Repositories]]) -> None:
        """Set the result of each."""
        if len(group) > 1:
            try:
                results = await self._database.write(lambda unit: self._run_all(group, unit))
            except DatabaseUnavailable as error:
                _fail_all(group, error)
            except Exception:  # noqa: BLE001, S110 -- whose it is shows below
                pass
            else:
                for change, result in zip(group, results, strict=True):
                    _succeed(change, result)
        for change in group:
            if not change.done.done():  # its caller may also have left by now
                await self._make_alone(change)

    async def _run_all(self, group: Sequence[_Change[Repositories]], unit: Repositories) -> list[object]:
        async with self._gathering(unit):
            return [await change.work(unit) for change in group]

    async def _make_alone(self, change: _Change[Repositories]) -> None:
        try:
            # In its caller's context, for the log.
            result = await asyncio.create_task(self._database.write(change.work), context=change.context)
        except Exception as error:  # noqa: BLE001 -- raised where the caller waits
            _fail(change, error)
        else:
            _succeed(change, result)


def _wanted(group: Sequence[_Change[Repositories]]) -> list[_Change[Repositories]]:
    """Leave out those whose callers wait no longer, before the first attempt: how long it takes is not their wait."""
    too_late = asyncio.get_running_loop().time() - WAIT_SECONDS
    for change in group:
        if change.came_at < too_late:
            _fail(change, ConcurrentChange("waited for earlier changes too long"))
    return [each for each in group if not each.done.done()]


def _succeed(change: _Change[Repositories], result: object) -> None:
    if not change.done.done():
        change.done.set_result(result)


def _fail(change: _Change[Repositories], error: Exception) -> None:
    if not change.done.done():
        change.done.set_exception(error)


def _fail_all(group: Sequence[_Change[Repositories]], error: DatabaseUnavailable) -> None:
    for change in group:
        _fail(change, own_error(error))
