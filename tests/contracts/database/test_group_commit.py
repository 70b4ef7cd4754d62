"""Changes of one account that come at once are committed together, and the ledger stays whole."""

import asyncio
from uuid import uuid4

from application.concurrency.group_commit import GroupCommit
from application.idempotency.write_once import AlreadyAnswered, Once, write_once
from application.ledger.post_transaction import post_transaction
from application.ledger.verify_ledger import VerifyLedger
from application.ports.database import Database
from domain.idempotency.keyed_request import Answer, IdempotencyKey, KeyedRequest
from domain.ledger.account import Account, Balance
from domain.ledger.errors import InsufficientFunds
from domain.ledger.movements.deposit import deposit
from domain.ledger.movements.withdrawal import withdrawal
from domain.ledger.posted import PostedTransaction
from domain.ledger.transaction import Transaction
from tests.contracts.database.repositories import AllRepositories
from tests.contracts.database.test_ledger import entries, funded, state
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.money import outside


class Movements:
    """Posts to one account, each transaction with a key of its own."""

    def __init__(self, database: Database[AllRepositories], account: Account) -> None:
        self._groups = GroupCommit(database, lambda unit: unit.journal.gathering())
        self.account = account
        self.units = set[AllRepositories]()

    def deposit(self, amount: int) -> Transaction:
        return deposit(uuid4(), amount, to=self.account.ref, source=outside(self.account).ref)

    def withdrawal(self, amount: int) -> Transaction:
        return withdrawal(uuid4(), amount, source=self.account.ref, to=outside(self.account).ref)

    async def post(self, transaction: Transaction, key: str | None = None) -> PostedTransaction:
        request = KeyedRequest("Ada", IdempotencyKey(key or transaction.id.hex), bytes(32))
        once = Once[PostedTransaction](request, NOON, lambda posted: Answer(200, {}, posted.header.id.bytes))

        async def work(unit: AllRepositories) -> PostedTransaction:
            self.units.add(unit)
            await asyncio.sleep(0)  # the fake waits for nothing else
            return await post_transaction(unit, transaction, NOON)

        return await write_once(lambda begun: self._groups.write(self.account.id, begun), work, once)

    async def post_all(self, transactions: list[Transaction]) -> list[object]:
        return await asyncio.gather(*map(self.post, transactions), return_exceptions=True)


async def test_all_of_a_group_are_posted_in_order_in_few_units_of_work(database: Database[AllRepositories]) -> None:
    mine = await funded(database, 0)
    movements = Movements(database, mine)
    deposits = [movements.deposit(amount) for amount in range(1, 33)]
    posted = await movements.post_all(deposits)
    assert [each.header.id for each in posted if isinstance(each, PostedTransaction)] == [each.id for each in deposits]
    newest_first = [each.header.id for each in await entries(database, mine)]
    assert newest_first == [each.id for each in reversed(deposits)]
    assert (await state(database, mine)).balance == Balance(sum(range(1, 33)))
    assert len(movements.units) == 3  # for the first, and for 16 and 15
    assert (await VerifyLedger(database)()).faults == []


async def test_what_is_refused_takes_no_other_with_it(database: Database[AllRepositories]) -> None:
    mine = await funded(database, 7)
    movements = Movements(database, mine)
    results = await movements.post_all(
        [movements.deposit(1), movements.withdrawal(8), movements.withdrawal(8), movements.deposit(5)]
    )
    assert [type(each) for each in results] == [
        PostedTransaction,
        PostedTransaction,
        InsufficientFunds,
        PostedTransaction,
    ]
    assert (await state(database, mine)).balance == Balance(5)
    assert (await VerifyLedger(database)()).faults == []


async def test_a_repeat_within_a_group_is_not_posted_again(database: Database[AllRepositories]) -> None:
    mine = await funded(database, 0)
    movements = Movements(database, mine)
    first, other = movements.deposit(1), movements.deposit(2)
    results = await asyncio.gather(
        *(movements.post(each, key) for each, key in ((other, "other"), (first, "key"), (first, "key"), (other, "o"))),
        return_exceptions=True,
    )
    assert isinstance(results[2], AlreadyAnswered)
    assert results[2].answer.body == first.id.bytes
    assert (await state(database, mine)).balance == Balance(3)


async def test_an_id_that_is_taken_in_a_group_is_a_repeat_and_takes_no_other_with_it(
    database: Database[AllRepositories],
) -> None:
    mine = await funded(database, 0)
    movements = Movements(database, mine)
    twice, other = movements.deposit(1), movements.deposit(2)
    results = await asyncio.gather(
        *(movements.post(each, key) for each, key in ((other, "a"), (twice, "b"), (movements.deposit(4), "c"))),
        movements.post(twice, "d"),  # the last: any later one would not fit onto an account that it has not moved
    )
    assert results[3].header == results[1].header
    assert (await state(database, mine)).balance == Balance(7)
    assert len(await entries(database, mine)) == 3
    assert (await VerifyLedger(database)()).faults == []


async def test_what_a_unit_gathers_it_reads_and_nobody_else_does_before_it_is_committed(
    database: Database[AllRepositories],
) -> None:
    mine = await funded(database, 10)
    movements = Movements(database, mine)
    first, second = movements.deposit(1), movements.withdrawal(4)
    async with database.writing() as unit, unit.journal.gathering():
        await post_transaction(unit, first, NOON)
        assert (await unit.ledger_accounts.find([mine.id]))[mine.id].balance == Balance(11)
        found = await unit.journal.find(first.id)
        assert found is not None
        assert found.is_of(first)
        await post_transaction(unit, second, NOON)
    newest_first = [each.header.id for each in await entries(database, mine)]
    assert newest_first[:2] == [second.id, first.id]
    assert (await state(database, mine)).balance == Balance(7)
    assert (await VerifyLedger(database)()).faults == []
