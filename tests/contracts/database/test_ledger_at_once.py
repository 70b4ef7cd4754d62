"""Many post at once: nothing is lost, doubled, overdrawn or made up, and nobody waits for each other in a circle."""

import asyncio
import random
from collections.abc import Iterable
from functools import partial
from uuid import uuid4

import asyncpg
import pytest

from application.ledger.post_transaction import post_transaction
from application.ledger.verify_ledger import VerifyLedger
from domain.ledger.account import Balance
from domain.ledger.errors import HoldResolved, InsufficientFunds
from domain.ledger.movements.deposit import deposit
from domain.ledger.movements.hold import hold
from domain.ledger.movements.release import release
from domain.ledger.movements.settle import settle
from domain.ledger.movements.transfer import transfer
from domain.ledger.movements.withdrawal import withdrawal
from domain.ledger.transaction import Transaction
from tests.contracts.database.test_ledger import FEES, Ledger, balance, entries, funded, hold_of, posted, state
from tests.integration.money.length import CREDITS, DUPLICATES, TRANSFERS, WITHDRAWALS
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.money import outside
from tests.waiting import eventually

# At a time; more would wait for a connection for too long.
AT_ONCE = 32

ACCOUNTS = 20

# One that takes no heed of the order is right in half of them.
ROUNDS_OF_LOCKS = 12


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """Without the fake, which copies everything for each unit of work."""
    found: str = request.getfixturevalue(f"migrated_{request.param}")
    return found


async def all_posted(database: Ledger, transactions: Iterable[Transaction]) -> list[object]:
    """Post them at once, and return what came of each. A deadlock is not retried, so that it shows."""
    places = asyncio.Semaphore(AT_ONCE)

    async def post(transaction: Transaction) -> object:
        async with places, database.writing() as unit:
            return await post_transaction(unit, transaction, NOON)

    return await asyncio.gather(*map(post, transactions), return_exceptions=True)


async def whole(database: Ledger) -> bool:
    return (await VerifyLedger(database)()).faults == []


async def test_simultaneous_duplicates_are_one_transaction(database: Ledger) -> None:
    mine = await funded(database, 0)
    once = deposit(uuid4(), 5, to=mine.ref, source=outside(mine).ref)
    results = await all_posted(database, [once] * DUPLICATES)
    assert results == [results[0]] * DUPLICATES
    assert (await balance(database, mine), len(await entries(database, mine))) == (Balance(5), 1)


async def test_no_simultaneous_credit_to_one_account_is_lost(database: Ledger) -> None:
    mine = await funded(database, 0)
    credits_ = [deposit(uuid4(), 1, to=mine.ref, source=outside(mine).ref) for _ in range(CREDITS)]
    results = await all_posted(database, credits_)
    assert [each for each in results if isinstance(each, BaseException)] == []
    after = await state(database, mine)
    assert (after.balance, after.version) == (Balance(CREDITS), CREDITS)
    assert await whole(database)


async def test_simultaneous_transfers_in_all_directions_neither_lose_nor_make_money(database: Ledger) -> None:
    accounts = [await funded(database, 50) for _ in range(ACCOUNTS)]
    chance = random.Random(11)  # noqa: S311 -- the same transfers in each run

    def any_transfer() -> Transaction:
        source, to = chance.sample(accounts, 2)
        return transfer(uuid4(), chance.randint(1, 30), source=source.ref, to=to.ref)

    results = await all_posted(database, [any_transfer() for _ in range(TRANSFERS)])
    refused = [each for each in results if isinstance(each, BaseException)]
    assert {type(each) for each in refused} <= {InsufficientFunds}
    balances = [(await balance(database, each)).available for each in accounts]
    assert (sum(balances), min(balances) >= 0) == (50 * ACCOUNTS, True)
    assert await whole(database)


# SQLite locks everything at once.
@pytest.mark.parametrize("address", ["postgres"], indirect=True)
async def test_accounts_are_locked_in_the_order_of_their_ids(database: Ledger, address: str) -> None:
    """While a transfer waits for the first of its accounts, the other is free."""
    for _ in range(ROUNDS_OF_LOCKS):
        first, last = sorted([await funded(database, 5), await funded(database, 5)], key=lambda each: each.id)
        async with database.writing() as unit:
            await unit.ledger_accounts.lock([first.id])
            waiting = asyncio.create_task(posted(database, transfer(uuid4(), 1, source=last.ref, to=first.ref)))
            await eventually(partial(is_waiting, address))
            async with asyncio.timeout(10), database.writing() as other:
                await other.ledger_accounts.lock([last.id])
        await waiting


async def is_waiting(address: str) -> bool:
    """Tell whether a connection of this role waits for a row that is locked."""
    connection = await asyncpg.connect(address)
    try:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = current_user"
        return bool(await connection.fetchval(asked))
    finally:
        await connection.close()


async def test_of_many_simultaneous_withdrawals_one_gets_the_funds_of_one(database: Ledger) -> None:
    mine = await funded(database, 7)
    drains = [withdrawal(uuid4(), 7, source=mine.ref, to=outside(mine).ref) for _ in range(WITHDRAWALS)]
    results = await all_posted(database, drains)
    assert [type(each) for each in results].count(InsufficientFunds) == WITHDRAWALS - 1
    assert (await state(database, mine)).version == 2
    assert await balance(database, mine) == Balance(0)


async def test_a_hold_is_resolved_once_although_many_try_at_once(database: Ledger) -> None:
    mine = await funded(database, 100)
    for _ in range(2):
        await posted(database, hold(uuid4(), 10, account=mine.ref))  # which are not meant
    made = await posted(database, hold(uuid4(), 10, account=mine.ref))
    held = await hold_of(database, made.header.id)
    ends = [settle(uuid4(), held, [(FEES.ref, 4)]) for _ in range(8)] + [release(uuid4(), held) for _ in range(8)]
    results = await all_posted(database, ends)
    assert [type(each) for each in results].count(HoldResolved) == len(ends) - 1
    assert (await balance(database, mine)).held == 20
    assert await whole(database)
