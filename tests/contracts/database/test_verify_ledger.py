"""The verification finds nothing wrong in a ledger that only grew, whatever the pages and wherever it begins."""

from itertools import count
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from application.ledger import verify_ledger
from application.ledger.verify_ledger import Extent, VerifyLedger
from domain.ledger.movements.deposit import deposit
from domain.ledger.movements.hold import hold
from domain.ledger.movements.release import release
from domain.ledger.movements.settle import settle
from domain.ledger.movements.transfer import transfer
from tests.contracts.database.test_ledger import FEES, Ledger, funded, hold_of, posted
from tests.unit.fakes.money import outside

ACCOUNTS, POSTINGS, TRANSACTIONS, HOLDS = 9, 32, 18, 3


@pytest.fixture
async def ledger(database: Ledger) -> Ledger:
    """A ledger with so many rows."""
    owners = [await funded(database, 1000) for _ in range(4)]
    for number in range(8):
        await posted(database, transfer(uuid4(), 1, source=owners[number % 4].ref, to=owners[(number + 1) % 4].ref))
    made = [(await posted(database, hold(uuid4(), 10, account=each.ref))).header.id for each in owners[:3]]
    await posted(database, release(uuid4(), await hold_of(database, made[0])))
    await posted(database, settle(uuid4(), await hold_of(database, made[1]), [(FEES.ref, 4)]))
    await posted(database, deposit(uuid4(), 1, to=owners[0].ref, source=outside(owners[0]).ref))
    return database


async def test_an_empty_ledger_is_whole(database: Ledger) -> None:
    result = await VerifyLedger(database)()
    assert (result.fault_count, result.accounts, result.is_whole) == (0, 0, True)


@pytest.mark.parametrize("rows", [1, 4, 2000])
@pytest.mark.parametrize("begin_after", [None, UUID(int=1 << 127), UUID(int=(1 << 128) - 1)])
async def test_every_row_is_verified_once_whatever_the_pages_and_the_beginning(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, rows: int, begin_after: UUID | None
) -> None:
    monkeypatch.setattr(verify_ledger, "ROWS_PER_PAGE", rows)
    monkeypatch.setattr(verify_ledger, "ACCOUNTS_PER_PAGE", rows)
    result = await VerifyLedger(ledger)(Extent(begin_after=begin_after))
    assert result.faults == []
    assert (result.accounts, result.transactions, result.holds) == (ACCOUNTS, TRANSACTIONS, HOLDS)
    assert (result.postings, result.is_whole) == (POSTINGS, True)


async def test_the_newest_postings_alone_are_verified_against_the_one_before_them(ledger: Ledger) -> None:
    everything, newest = await VerifyLedger(ledger)(), await VerifyLedger(ledger)(Extent(newest=1))
    assert newest.faults == []
    assert newest.accounts == ACCOUNTS
    assert newest.postings < everything.postings


async def test_a_verification_without_time_says_that_it_is_not_whole(ledger: Ledger) -> None:
    result = await VerifyLedger(ledger)(Extent(seconds=-1))
    assert (result.is_whole, result.accounts) == (False, 0)


async def test_time_that_ends_within_a_page_of_accounts_ends_the_page(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = count()  # each look at the clock takes one
    monkeypatch.setattr(verify_ledger, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    monkeypatch.setattr(verify_ledger, "ROWS_PER_PAGE", 1)
    result = await VerifyLedger(ledger)(Extent(seconds=5))
    assert (result.faults, result.is_whole) == ([], False)
    assert (result.postings, result.accounts < ACCOUNTS) == (5, True)
