"""A process's access to the database: the port over the fakes of unit tests, with the faults of a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from application.ports.database import Database
from domain.errors import ConcurrentChange, DatabaseUnavailable, OutcomeUnknown
from tests.simulation.database.server import Blocked, Server, Transaction, rows_of
from tests.simulation.database.tables import Lock
from tests.simulation.faults import Fault
from tests.simulation.loop import Process, Turn
from tests.unit.fakes.database import FakeRepositories

T = TypeVar("T")

MOST_ATTEMPTS = 4
UNIT_TIMEOUT_SECONDS = 10.0

# Which rows a method locks, from its arguments and its result: what the real statement does by FOR UPDATE.
LocksOf = Callable[[tuple[Any, ...], Mapping[str, Any], Any], Iterable[Lock]]
Locking = Mapping[tuple[str, str], LocksOf]

TURN = Turn()
BLOCKED = object()


class SimulatedDatabase(Database[FakeRepositories]):
    """Opens units of work for one process."""

    def __init__(self, server: Server, process: Process, locking: Locking) -> None:
        self._server = server
        self._process = process
        self._locking = locking
        process.on_death.append(self._die)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[FakeRepositories]:
        transaction = Transaction(self._server, self._process, writes=False)
        try:
            yield cast("FakeRepositories", _Unit(transaction, self._locking))
        finally:
            transaction.roll_back()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[FakeRepositories]:
        transaction = Transaction(self._server, self._process, writes=True)
        begun = self._server.loop.time()
        try:
            yield cast("FakeRepositories", _Unit(transaction, self._locking))
            if self._server.loop.time() - begun > UNIT_TIMEOUT_SECONDS:
                raise DatabaseUnavailable("the unit of work took too long")
            await self._commit(transaction)
        finally:
            if not transaction.is_committing:
                transaction.roll_back()

    async def write(self, work: Callable[[FakeRepositories], Awaitable[T]]) -> T:
        for attempt in range(MOST_ATTEMPTS):
            try:
                async with self.writing() as unit:
                    return await work(unit)
            except ConcurrentChange as error:
                if not error.can_retry or attempt == MOST_ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    async def check(self, question: Callable[[FakeRepositories], Awaitable[object]] | None = None) -> bool:  # noqa: ARG002 -- of no interest here
        self._server.check_up()
        return True

    async def check_writing(self) -> None:
        self._server.check_up()

    async def _commit(self, transaction: Transaction) -> None:
        await journey(self._server, self._process)
        transaction.check_open()
        self._server.check_up()
        if not self._server.faults.hits(Fault.COMMIT_UNKNOWN):
            transaction.is_committing = True
            try:
                await TURN  # between the request and the commit the process may die
            except asyncio.CancelledError:  # the connection is closed, whether the server has the request or not
                self._server.chance.choice([transaction.commit, transaction.roll_back])()
                raise
            was_open = transaction.is_open
            transaction.commit()
            await journey(self._server, self._process)
            if not was_open:
                raise OutcomeUnknown("the connection was lost during the commit")
            return
        transaction.is_committing = True
        chance = self._server.chance
        outcome = chance.choice([transaction.commit, transaction.roll_back])
        self._server.story.tell(self._process, "hears nothing of its commit, and the database will", outcome.__name__)
        self._server.loop.outside(chance.choice([0.0, 0.0, 0.5, 5.0]), outcome)
        await TURN
        raise OutcomeUnknown("the answer to the commit was lost")

    def _die(self) -> None:
        server = self._server
        for transaction in [each for each in server.open if each.process is self._process]:
            if transaction.is_committing and server.chance.random() < 0.5:
                transaction.commit()
            else:
                server.loop.outside(server.chance.choice([0.0, 0.0, 3.0]), transaction.roll_back)


class _Unit:
    """Repositories whose methods are statements."""

    def __init__(self, transaction: Transaction, locking: Locking) -> None:
        self._transaction = transaction
        self._locking = locking
        self._fakes = FakeRepositories(rows_of(transaction))

    def __getattr__(self, name: str) -> object:
        statements = _Statements(self._transaction, self._locking, name, getattr(self._fakes, name))
        self.__dict__[name] = statements
        return statements


class _Statements:
    """One repository. Each call travels to the server, waits for locks, sees what is committed by then, and returns."""

    def __init__(self, transaction: Transaction, locking: Locking, name: str, repository: object) -> None:
        self._transaction = transaction
        self._locking = locking
        self._name = name
        self._repository = repository

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        call = getattr(self._repository, method)
        locks_of = self._locking.get((self._name, method), _nothing)
        transaction = self._transaction

        async def statement(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- any statement
            server = transaction.server
            await journey(server, transaction.process)
            if server.faults.hits(Fault.CONNECTION_LOST):
                transaction.roll_back()
            server.check_up()
            result: Any = BLOCKED
            while result is BLOCKED:
                try:
                    result = _executed(transaction, call, locks_of, args, kwargs)
                except Blocked as blocked:
                    await transaction.wait_for(blocked.owner)
            if server.chance.random() < 0.5:
                await TURN
                transaction.check_open()
            return result

        self.__dict__[method] = statement
        return statement


def _executed(
    transaction: Transaction, call: Callable[..., Any], locks_of: LocksOf, args: tuple[Any, ...], named: dict[str, Any]
) -> Any:  # noqa: ANN401 -- any statement
    """Execute it at one moment. Raises `Blocked` if a lock of another transaction is in its way."""
    transaction.check_open()
    marked = transaction.mark()
    try:
        result = _run(call(*args, **named))
        if transaction.writes:
            for lock in locks_of(args, named, result):
                transaction.lock(lock)
    except (Blocked, Exception):
        transaction.undo(marked)
        raise
    return result


def _nothing(_: tuple[Any, ...], __: Mapping[str, Any], ___: object) -> Iterable[Lock]:
    return ()


def journey(server: Server, process: Process) -> Awaitable[None]:
    """Let others run, as long as a packet takes; now and then for longer."""
    server.faults.on_step(process)
    if server.faults.hits(Fault.CALL_SLOW):
        return _sleep(server, server.chance.choice([0.05, 0.5, 3.0, 12.0]))
    if server.chance.random() < 0.3:
        return _sleep(server, server.chance.random() * 0.02)
    return TURN


def _sleep(server: Server, seconds: float) -> Awaitable[None]:
    done = server.loop.create_future()
    server.loop.call_later(seconds, _set, done)
    return done


def _set(done: Any) -> None:  # noqa: ANN401 -- a future
    if not done.done():
        done.set_result(None)


def _run(coro: Any) -> Any:  # noqa: ANN401 -- any statement
    """Run a fake's method, which never suspends, at one moment."""
    try:
        coro.send(None)
    except StopIteration as stopped:
        return stopped.value
    raise AssertionError("a fake does not wait for anything")
