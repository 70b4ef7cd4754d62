"""Changes that come during another are committed together, and each fails or succeeds by itself."""

import asyncio
from collections.abc import Sequence

import pytest

from application.concurrency import group_commit as module
from application.concurrency.group_commit import MOST_TOGETHER, GroupCommit
from domain.errors import ConcurrentChange, DatabaseUnavailable, OutcomeUnknown
from domain.idempotency.errors import KeyInProgress
from tests.unit.fakes.accounts import user
from tests.unit.fakes.database import FakeDatabase, FakeRepositories


class Users:
    """Adds users, each by a change of the same key, and notes which units of work ran."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.groups = GroupCommit(self.database, lambda unit: unit.journal.gathering())
        self.units: list[tuple[FakeRepositories, str]] = []
        self.errors: dict[str, Exception] = {}
        self.gates = {"slow": asyncio.Event()}

    def adding(self, name: str, key: str = "key") -> asyncio.Task[str]:
        async def work(unit: FakeRepositories) -> str:
            self.units.append((unit, name))
            await unit.users.add(user(name))
            if name in self.gates:
                await self.gates[name].wait()
            if name in self.errors:
                raise self.errors[name]
            return name

        return asyncio.create_task(self.groups.write(key, work))

    async def added_during_another(self, names: Sequence[str]) -> list[asyncio.Task[str]]:
        first = self.adding("slow")
        tasks = [self.adding(name) for name in names]
        await settled()
        self.gates["slow"].set()
        await first
        return tasks

    @property
    def stored(self) -> set[str]:
        return {str(each.name) for each in self.database.rows.users.values()} - {"slow"}

    def units_of(self, names: Sequence[str]) -> list[FakeRepositories]:
        return [unit for unit, name in self.units if name in names]


@pytest.fixture
def users() -> Users:
    return Users()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def results(tasks: Sequence[asyncio.Task[str]]) -> list[object]:
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_comes_during_a_change_is_committed_together_in_its_order(users: Users) -> None:
    names = [f"user{number}" for number in range(5)]
    assert await results(await users.added_during_another(names)) == names
    assert [name for _, name in users.units] == ["slow", *names]
    assert len(set(users.units_of(names))) == 1  # unit of work
    assert users.stored == set(names)


async def test_a_group_has_a_bounded_size(users: Users) -> None:
    names = [f"user{number}" for number in range(MOST_TOGETHER + 1)]
    assert await results(await users.added_during_another(names)) == names
    assert users.units_of(names[:MOST_TOGETHER]) == [users.units_of(names)[0]] * MOST_TOGETHER
    assert users.units_of(names[-1:]) != users.units_of(names[:1])


async def test_one_that_raises_takes_no_other_with_it(users: Users) -> None:
    users.errors["refused"] = ValueError("not this one")
    names = ["before", "refused", "after"]
    assert await results(await users.added_during_another(names)) == ["before", users.errors["refused"], "after"]
    assert users.stored == {"before", "after"}
    assert [name for _, name in users.units] == ["slow", "before", "refused", *names]  # again, each by itself


async def test_the_end_of_the_first_caller_stops_no_other(users: Users) -> None:
    first = users.adding("slow")
    second = users.adding("second")
    await settled()
    first.cancel()
    assert await second == "second"
    assert users.stored == {"second"}


async def test_a_change_whose_caller_left_while_it_waited_is_not_made(users: Users) -> None:
    first = users.adding("slow")
    left, stays = users.adding("left"), users.adding("stays")
    await settled()
    left.cancel()
    users.gates["slow"].set()
    assert await first == "slow"
    assert await stays == "stays"
    assert users.stored == {"stays"}


async def test_a_caller_who_leaves_during_a_group_takes_no_other_with_it(users: Users) -> None:
    users.gates["leaver"] = asyncio.Event()
    before, leaver, after = await users.added_during_another(["before", "leaver", "after"])
    await settled()
    leaver.cancel()
    users.gates["leaver"].set()
    assert (await before, await after) == ("before", "after")
    assert leaver.cancelled()
    assert users.stored == {"before", "leaver", "after"}


@pytest.mark.parametrize("error", [OutcomeUnknown("cut off"), DatabaseUnavailable("down")])
async def test_that_the_database_failed_is_told_to_the_whole_group_and_nothing_is_made_again(
    users: Users, error: Exception
) -> None:
    users.errors["second"] = error
    tasks = await users.added_during_another(["first", "second", "third"])
    told = await results(tasks)
    assert [(type(each), str(each)) for each in told] == [(type(error), str(error))] * 3
    assert len({id(each) for each in told} | {id(error)}) == 4  # nobody raises another caller's exception
    assert [name for _, name in users.units] == ["slow", "first", "second"]
    assert await users.adding("later") == "later"


async def test_what_waited_too_long_is_not_made(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", -1.0)
    (result,) = await results(await users.added_during_another(["late"]))
    assert isinstance(result, ConcurrentChange)
    assert users.stored == set()


async def test_a_group_that_takes_long_and_then_fails_is_still_made_again_one_by_one(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.errors["refused"] = KeyInProgress("in another process")
    users.gates["refused"] = asyncio.Event()
    tasks = await users.added_during_another(["before", "refused", "after"])
    await settled()
    monkeypatch.setattr(module, "WAIT_SECONDS", -1.0)  # the group is under way; from now on each came too long ago
    users.gates["refused"].set()
    assert await results(tasks) == ["before", users.errors["refused"], "after"]
    assert users.stored == {"before", "after"}


async def test_a_caller_who_leaves_while_others_are_made_again_is_left_out(users: Users) -> None:
    users.errors["refused"] = ValueError("not this one")
    users.gates |= {name: asyncio.Event() for name in ("before", "refused")}
    before, refused, leaver = await users.added_during_another(["before", "refused", "leaver"])
    users.gates["before"].set()
    await settled()
    users.gates["before"].clear()
    users.gates["refused"].set()
    await settled()
    assert [name for _, name in users.units] == ["slow", "before", "refused", "before"]
    leaver.cancel()
    await settled()
    users.gates["before"].set()
    assert await results([before, refused]) == ["before", users.errors["refused"]]
    await settled()
    assert users.stored == {"before"}


async def test_changes_of_different_keys_are_made_apart(users: Users) -> None:
    tasks = [users.adding("one", "a"), users.adding("two", "b")]
    assert await results(tasks) == ["one", "two"]
    assert len({unit for unit, _ in users.units}) == 2
