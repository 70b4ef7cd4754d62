"""The simulated database locks, waits, gives way and loses answers as the real one does."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar
from uuid import UUID

import pytest

from application.ledger.post_transaction import post_transaction
from domain.errors import ConcurrentChange, DatabaseUnavailable, OutcomeUnknown
from domain.ledger.account import Account
from domain.ledger.movements.deposit import deposit
from tests.simulation.database.client import Locking, SimulatedDatabase
from tests.simulation.database.locking import LOCKING
from tests.simulation.database.server import Server
from tests.simulation.faults import Fault, Faults
from tests.simulation.loop import Process, SimulatedLoop
from tests.simulation.story import Story
from tests.unit.fakes.database import FakeRepositories
from tests.unit.fakes.money import USD

T = TypeVar("T")

USER = UUID(int=1)
MINE, OUTSIDE = Account.of_user(UUID(int=2), USER, USD), Account.external(USER, USD)
Work = Callable[[FakeRepositories], Awaitable[object]]


class World:
    """A server and processes that use it."""

    def __init__(self, seed: int = 1, locking: Locking = LOCKING) -> None:
        chance = random.Random(seed)  # noqa: S311 -- a seed, so that a story can be told again
        self.loop = SimulatedLoop(chance)
        self._locking = locking
        self.faults = Faults(chance)
        self.faults.is_over = True
        self.server = Server(self.loop, chance, self.faults, Story(self.loop), {})

    def process(self) -> tuple[Process, SimulatedDatabase]:
        process = Process("one")
        return process, SimulatedDatabase(self.server, process, self._locking)

    def run(self, story: Callable[["World"], Coroutine[object, object, T]]) -> T:
        return self.loop.run(story(self))


async def open_accounts(unit: FakeRepositories) -> None:
    await unit.ledger_accounts.open(MINE)
    await unit.ledger_accounts.open(OUTSIDE)


def depositing(number: int) -> Work:
    async def work(unit: FakeRepositories) -> None:
        await post_transaction(unit, deposit(UUID(int=number), 5, to=MINE.ref, source=OUTSIDE.ref), 1.0)

    return work


async def balance(database: SimulatedDatabase) -> int:
    async with database.reading() as unit:
        return (await unit.ledger_accounts.find([MINE.id]))[MINE.id].balance.available


async def deposits_at_once(world: World) -> int:
    databases = [world.process()[1] for _ in range(3)]
    await databases[0].write(open_accounts)
    async with asyncio.TaskGroup() as group:
        for number in range(12):
            group.create_task(databases[number % 3].write(depositing(100 + number)))
    return await balance(databases[0])


@pytest.mark.parametrize("seed", range(10))
def test_of_concurrent_deposits_none_is_lost(seed: int) -> None:
    assert World(seed).run(deposits_at_once) == 60


def test_a_lock_that_is_missing_loses_deposits() -> None:
    assert min(World(seed, {}).run(deposits_at_once) for seed in range(10)) < 60


def test_a_circle_of_waits_ends_with_one_giving_way() -> None:
    async def story(world: World) -> list[str]:
        outcomes: list[str] = []

        async def both(first: str, second: str) -> None:
            _, database = world.process()
            try:
                async with database.writing() as unit:
                    await unit.leases.acquire(first, "me", 0.0, 1.0)
                    await asyncio.sleep(1)
                    await unit.leases.acquire(second, "me", 0.0, 1.0)
                outcomes.append("done")
            except ConcurrentChange as error:
                outcomes.append(f"gave way, {error.can_retry=}")

        async with asyncio.TaskGroup() as group:
            group.create_task(both("a", "b"))
            group.create_task(both("b", "a"))
        return sorted(outcomes)

    assert World().run(story) == ["done", "gave way, error.can_retry=True"]


def test_a_killed_process_leaves_its_unit_undone_and_its_locks_free() -> None:
    async def story(world: World) -> int:
        process, database = world.process()
        await database.write(open_accounts)

        async def half() -> None:
            async with database.writing() as unit:
                await depositing(7)(unit)
                await asyncio.sleep(100)

        world.loop.spawn(process, half())
        await asyncio.sleep(1)
        world.loop.kill(process)
        await asyncio.sleep(5)
        _, other = world.process()
        await other.write(depositing(8))
        return await balance(other)

    assert World().run(story) == 5


def test_a_commit_without_an_answer_is_made_or_not() -> None:
    seen = set()
    for seed in range(30):

        async def story(world: World) -> int:
            _, database = world.process()
            await database.write(open_accounts)
            world.faults._rates = dict.fromkeys(Fault, 0.0) | {Fault.COMMIT_UNKNOWN: 1.0}
            world.faults.is_over = False
            with pytest.raises(OutcomeUnknown):
                await database.write(depositing(9))
            world.faults.is_over = True
            await asyncio.sleep(10)
            return await balance(database)

        seen.add(World(seed).run(story))
    assert seen == {0, 5}


def test_a_restart_ends_what_is_open() -> None:
    async def story(world: World) -> int:
        _, database = world.process()
        await database.write(open_accounts)

        async def interrupted(unit: FakeRepositories) -> None:
            await depositing(9)(unit)
            world.server.restart(3.0)

        with pytest.raises(DatabaseUnavailable):
            await database.write(interrupted)
        with pytest.raises(DatabaseUnavailable):
            await database.write(depositing(10))
        await asyncio.sleep(3)
        await database.write(depositing(11))
        return await balance(database)

    assert World().run(story) == 5


def test_a_unit_that_reads_sees_what_was_committed_when_it_first_looked() -> None:
    async def story(world: World) -> list[int]:
        (_, reader), (_, writer) = world.process(), world.process()
        await writer.write(open_accounts)

        async with reader.reading() as unit:

            async def available() -> int:
                return (await unit.ledger_accounts.find([MINE.id]))[MINE.id].balance.available

            seen = [await available()]
            for number in (12, 13):
                await writer.write(depositing(number))
                seen.append(await available())
                # of a table that it reads for the first time as well
                seen.append(await unit.journal.find(UUID(int=number)) is not None)
        return [*seen, await balance(reader)]

    assert World().run(story) == [0, 0, 0, 0, 0, 10]
