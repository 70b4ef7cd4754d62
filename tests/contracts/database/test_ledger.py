"""The ledger posts each transaction once and as a whole, and remembers every balance there ever was."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from application.identity.delete_account import DeleteAccount
from application.identity.verify_own_password import VerifyOwnPassword
from application.ledger.correct_transaction import correct_transaction
from application.ledger.ports.journal import EntryPosition
from application.ledger.ports.repositories import LedgerRepositories
from application.ledger.post_transaction import microseconds, post_transaction
from application.ledger.release_expired_holds import ReleaseExpiredHolds
from application.ports.database import Database
from domain.identity.api_key import ALL_SCOPES
from domain.identity.caller import Caller
from domain.identity.errors import UserHasFunds
from domain.ledger.account import GENESIS, Account, AccountKind, AccountRef, Balance, external_ref, house_ref
from domain.ledger.asset import MAX_UNITS, Asset
from domain.ledger.errors import (
    AccountClosed,
    AccountExists,
    AssetConflict,
    HoldExpired,
    HoldResolved,
    InsufficientFunds,
    InvalidAmount,
    NoSuchAccount,
    NotCorrectable,
    TransactionConflict,
    UnbalancedTransaction,
)
from domain.ledger.hold import Hold, HoldOutcome
from domain.ledger.movements.deposit import deposit
from domain.ledger.movements.hold import hold
from domain.ledger.movements.refund import refund
from domain.ledger.movements.release import release
from domain.ledger.movements.settle import settle
from domain.ledger.movements.trade import trade
from domain.ledger.movements.transfer import transfer
from domain.ledger.movements.withdrawal import withdrawal
from domain.ledger.posted import PostedTransaction
from domain.ledger.posting import Entry
from domain.ledger.totals import KindTotal
from domain.ledger.transaction import Movement, Transaction
from tests.contracts.database.repositories import AllRepositories
from tests.unit.fakes.accounts import session, user
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.identity_meter import FakeIdentityMeter
from tests.unit.fakes.money import BTC, ETH, USD, account, outside
from tests.unit.fakes.password_hasher import FakePasswordHasher

Ledger = Database[LedgerRepositories]

FEES = Account.house("fees", USD)


async def opened(database: Ledger, *accounts: Account) -> None:
    async with database.writing() as unit:
        for each in accounts:
            await unit.ledger_accounts.open(each)


async def posted(database: Ledger, transaction: Transaction, now: float = NOON) -> PostedTransaction:
    async with database.writing() as unit:
        return await post_transaction(unit, transaction, now)


async def funded(database: Ledger, amount: int, asset: Asset = USD) -> Account:
    """Return an account with so much in it, and open its external account and that of fees."""
    mine = account(asset)
    await opened(database, mine, outside(mine), FEES)
    if amount:
        await posted(database, deposit(uuid4(), amount, to=mine.ref, source=outside(mine).ref))
    return mine


async def state(database: Ledger, of: Account) -> Account:
    async with database.reading() as unit:
        return (await unit.ledger_accounts.find([of.id]))[of.id]


async def balance(database: Ledger, of: Account) -> Balance:
    return (await state(database, of)).balance


async def hold_of(database: Ledger, hold_id: UUID) -> Hold:
    async with database.reading() as unit:
        found = await unit.holds.find(hold_id)
    assert found is not None
    return found


async def entries(database: Ledger, *of: Account) -> list[Entry]:
    async with database.reading() as unit:
        return await unit.journal.list_entries([each.id for each in of], None, 1000)


async def test_an_account_is_found_as_it_was_opened_and_opening_it_again_changes_nothing(database: Ledger) -> None:
    mine, fees = account(ETH), Account.house("fees", BTC)
    await opened(database, mine, fees)
    await opened(database, mine, fees)
    async with database.reading() as unit:
        assert await unit.ledger_accounts.find([mine.id, fees.id, uuid4()]) == {mine.id: mine, fees.id: fees}
        assert await unit.ledger_accounts.list_of_owner(mine.owner_id or uuid4()) == [mine]
        assert await unit.ledger_accounts.find_asset("ETH") == ETH
        assert await unit.ledger_accounts.find_asset("XRP") is None


async def test_totals_are_exact_and_come_by_code_in_pages(database: Ledger) -> None:
    await opened(database, account(BTC))
    many = MAX_UNITS // 2 - 1
    mine, yours = await funded(database, many, ETH), await funded(database, many + 1, ETH)
    await funded(database, 5)
    await posted(database, hold(uuid4(), 3, account=mine.ref))
    async with database.reading() as unit:
        btc, eth = await unit.ledger_accounts.list_totals(None, 2)
        (usd,) = await unit.ledger_accounts.list_totals("ETH", 2)
        assert await unit.ledger_accounts.list_totals("USD", 2) == []
    assert (btc.asset, btc.by_kind) == (BTC, {AccountKind.USER: KindTotal(1, Balance())})
    assert eth.by_kind == {
        AccountKind.USER: KindTotal(2, Balance(2 * many - 2, 3)),
        AccountKind.EXTERNAL: KindTotal(2, Balance(-2 * many - 1)),
    }
    assert (eth.owed, eth.owned, eth.in_custody) == (2 * many + 1, 0, 2 * many + 1)
    assert yours.owner_id != mine.owner_id
    assert usd.by_kind[AccountKind.HOUSE] == KindTotal(1, Balance())


async def test_what_venues_hold_is_owned_and_shown_on_its_own(database: Ledger) -> None:
    at_venue, capital = Account.house("venue:binance", ETH), Account.house("capital:binance", ETH)
    await opened(database, at_venue, capital)
    mine = await funded(database, 100, ETH)
    movements = [Movement(at_venue.ref, -40), Movement(capital.ref, 40)]
    await posted(database, trade(uuid4(), movements))
    async with database.reading() as unit:
        eth, *_ = await unit.ledger_accounts.list_totals(None, 2)
    assert mine.kind is AccountKind.USER
    assert (eth.owed, eth.owned, eth.at_venues, eth.in_custody) == (100, 40, 40, 100)
    assert eth.by_kind[AccountKind.HOUSE] == KindTotal(2, Balance())


async def test_an_account_id_is_taken_once(database: Ledger) -> None:
    mine = account()
    await opened(database, mine)
    with pytest.raises(AccountExists):
        await opened(database, replace(mine, owner_id=uuid4()))


async def test_the_scale_of_an_asset_never_changes(database: Ledger) -> None:
    await opened(database, account(USD))
    with pytest.raises(AssetConflict):
        await opened(database, account(Asset.of("USD", 3)))


async def test_a_deposit_is_in_the_account_and_missing_outside(database: Ledger) -> None:
    mine = await funded(database, 500)
    assert (await balance(database, mine), await balance(database, outside(mine))) == (Balance(500), Balance(-500))


@pytest.mark.parametrize("amount", [1, 10**12, 10**19, 10**25 - 1, MAX_UNITS])
async def test_amounts_of_up_to_38_digits_are_exact(database: Ledger, amount: int) -> None:
    mine = await funded(database, amount, ETH)
    assert await balance(database, mine) == Balance(amount)
    assert await balance(database, outside(mine)) == Balance(-amount)
    if amount > 1:
        await posted(database, withdrawal(uuid4(), amount - 1, source=mine.ref, to=outside(mine).ref))
        assert await balance(database, mine) == Balance(1)


async def test_no_account_has_more_than_38_digits(database: Ledger) -> None:
    mine = await funded(database, MAX_UNITS)
    with pytest.raises(InvalidAmount):
        await posted(database, deposit(uuid4(), 1, to=mine.ref, source=outside(mine).ref))
    assert await balance(database, mine) == Balance(MAX_UNITS)


async def test_sums_that_carry_over_many_digits_balance(database: Ledger) -> None:
    mine, yours = await funded(database, 0, ETH), await funded(database, 0, ETH)
    parts = [10**12 - 1, 10**25 - 10**12, 1, 10**30]
    others = [account(ETH) for _ in parts]
    await opened(database, *others)
    movements = [Movement(each.ref, part) for each, part in zip(others, parts, strict=True)]
    split = Transaction(
        uuid4(),
        deposit(uuid4(), 1, to=mine.ref, source=yours.ref).kind,
        (Movement(outside(mine).ref, -sum(parts)), *movements),
    )
    await posted(database, split)
    assert [(await balance(database, each)).available for each in others] == parts


async def test_a_withdrawal_of_more_than_there_is_changes_nothing_and_says_what_there_is(database: Ledger) -> None:
    mine = await funded(database, 500)
    with pytest.raises(InsufficientFunds, match=r"^5 USD is available, and 5\.01 was asked for$") as refused:
        await posted(database, withdrawal(uuid4(), 501, source=mine.ref, to=outside(mine).ref))
    assert (refused.value.available, refused.value.asked) == (Decimal(5), Decimal("5.01"))
    assert (await state(database, mine)).version == 1


async def test_everything_may_be_withdrawn(database: Ledger) -> None:
    mine = await funded(database, 500)
    await posted(database, withdrawal(uuid4(), 500, source=mine.ref, to=outside(mine).ref))
    assert await balance(database, mine) == Balance(0)


async def test_a_transfer_needs_two_accounts_of_one_asset(database: Ledger) -> None:
    mine, yours, other = await funded(database, 500), await funded(database, 0), await funded(database, 0, BTC)
    await posted(database, transfer(uuid4(), 200, source=mine.ref, to=yours.ref))
    assert (await balance(database, mine), await balance(database, yours)) == (Balance(300), Balance(200))
    with pytest.raises(UnbalancedTransaction):
        transfer(uuid4(), 1, source=mine.ref, to=other.ref)
    with pytest.raises(UnbalancedTransaction):  # an asset that the account does not have
        await posted(database, transfer(uuid4(), 1, source=mine.ref, to=AccountRef(other.id, "USD")))


async def test_nothing_is_posted_to_an_account_that_does_not_exist(database: Ledger) -> None:
    mine = await funded(database, 500)
    with pytest.raises(NoSuchAccount):
        await posted(database, transfer(uuid4(), 1, source=mine.ref, to=account().ref))
    assert await balance(database, mine) == Balance(500)


async def test_nothing_is_posted_to_a_closed_account(database: Ledger) -> None:
    mine = await funded(database, 0)
    async with database.writing() as unit:
        await unit.ledger_accounts.lock([mine.id])
        await unit.ledger_accounts.close([mine.id], microseconds(NOON))
    with pytest.raises(AccountClosed):
        await posted(database, deposit(uuid4(), 1, to=mine.ref, source=outside(mine).ref))
    assert (await state(database, mine)).closed_at_us == microseconds(NOON)


async def test_posting_again_changes_nothing_and_tells_what_happened_then(database: Ledger) -> None:
    mine = await funded(database, 500)
    everything = withdrawal(uuid4(), 500, source=mine.ref, to=outside(mine).ref)
    first = await posted(database, everything)
    assert await posted(database, everything, NOON + 60) == first  # although the funds would not suffice any more
    assert (await state(database, mine)).version == 2


async def test_an_id_of_another_transaction_is_a_conflict(database: Ledger) -> None:
    mine = await funded(database, 500)
    id_ = uuid4()
    await posted(database, withdrawal(id_, 100, source=mine.ref, to=outside(mine).ref))
    with pytest.raises(TransactionConflict):
        await posted(database, withdrawal(id_, 101, source=mine.ref, to=outside(mine).ref))
    with pytest.raises(TransactionConflict):  # not "insufficient funds"
        await posted(database, withdrawal(id_, 501, source=mine.ref, to=outside(mine).ref))
    assert await balance(database, mine) == Balance(400)


async def test_a_transaction_that_was_refused_may_be_posted_later(database: Ledger) -> None:
    mine = await funded(database, 0)
    asked = withdrawal(uuid4(), 100, source=mine.ref, to=outside(mine).ref)
    with pytest.raises(InsufficientFunds):
        await posted(database, asked)
    await posted(database, deposit(uuid4(), 100, to=mine.ref, source=outside(mine).ref))
    await posted(database, asked)
    assert await balance(database, mine) == Balance(0)


async def test_what_the_unit_of_work_rolls_back_was_never_posted(database: Ledger) -> None:
    mine = await funded(database, 500)

    async def fails() -> None:
        async with database.writing() as unit:
            await post_transaction(unit, withdrawal(uuid4(), 1, source=mine.ref, to=outside(mine).ref), NOON)
            raise RuntimeError("half way through")

    with pytest.raises(RuntimeError, match="half way"):
        await fails()
    assert (await balance(database, mine), len(await entries(database, mine))) == (Balance(500), 1)


async def test_a_held_amount_cannot_be_spent(database: Ledger) -> None:
    mine = await funded(database, 500)
    await posted(database, hold(uuid4(), 400, account=mine.ref))
    assert await balance(database, mine) == Balance(100, 400)
    for spent in (hold(uuid4(), 101, account=mine.ref), withdrawal(uuid4(), 101, source=mine.ref, to=FEES.ref)):
        with pytest.raises(InsufficientFunds):
            await posted(database, spent)


async def test_a_released_hold_is_available_again_once(database: Ledger) -> None:
    mine = await funded(database, 500)
    made = await posted(database, hold(uuid4(), 200, account=mine.ref))
    await posted(database, hold(uuid4(), 200, account=mine.ref))  # so that the balance alone stops no second release
    held = await hold_of(database, made.header.id)
    ended = await posted(database, release(uuid4(), held))
    assert await balance(database, mine) == Balance(300, 200)
    with pytest.raises(HoldResolved):
        await posted(database, release(uuid4(), held))
    with pytest.raises(HoldResolved):
        await posted(database, settle(uuid4(), held, [(FEES.ref, 200)]))
    after = await hold_of(database, held.id)
    assert (after.outcome, after.resolved_by_id) == (HoldOutcome.RELEASED, ended.header.id)
    assert await balance(database, mine) == Balance(300, 200)


async def test_a_hold_is_settled_in_part_and_the_rest_is_released(database: Ledger) -> None:
    mine = await funded(database, 500)
    made = await posted(database, hold(uuid4(), 200, account=mine.ref))
    paid = settle(uuid4(), await hold_of(database, made.header.id), [(FEES.ref, 150)])
    first = await posted(database, paid)
    assert await posted(database, paid) == replace(first, resolves=None)  # a repeat
    assert (await balance(database, mine), await balance(database, FEES)) == (Balance(350), Balance(150))
    assert (await hold_of(database, made.header.id)).outcome is HoldOutcome.SETTLED


async def test_what_is_bought_arrives_with_what_is_paid(database: Ledger) -> None:
    mine, coins, venue = await funded(database, 500), await funded(database, 0, BTC), Account.house("venue", BTC)
    await opened(database, venue)
    made = await posted(database, hold(uuid4(), 500, account=mine.ref))
    bought = (Movement(venue.ref, -7), Movement(coins.ref, 7))
    await posted(
        database, settle(uuid4(), await hold_of(database, made.header.id), [(FEES.ref, 500)], in_return=bought)
    )
    assert (await balance(database, mine), await balance(database, coins)) == (Balance(0), Balance(7))
    assert await balance(database, venue) == Balance(-7)


async def test_an_expired_hold_is_released_and_cannot_be_settled(database: Ledger) -> None:
    mine = await funded(database, 500)
    clock = FakeClock()
    made = await posted(database, hold(uuid4(), 200, account=mine.ref, expires_at_us=microseconds(clock.now() + 60)))
    await posted(database, hold(uuid4(), 100, account=mine.ref))  # this one has no end
    expire = ReleaseExpiredHolds(database=database, clock=clock)
    assert await expire() == 0
    clock.advance(60)
    with pytest.raises(HoldExpired):
        await posted(database, settle(uuid4(), await hold_of(database, made.header.id), [(FEES.ref, 1)]), clock.now())
    assert (await expire(), await expire()) == (1, 0)
    assert await balance(database, mine) == Balance(400, 100)
    assert (await hold_of(database, made.header.id)).outcome is HoldOutcome.EXPIRED


async def test_a_refund_brings_back_what_was_paid(database: Ledger) -> None:
    mine = await funded(database, 500)
    paid = await posted(database, transfer(uuid4(), 300, source=mine.ref, to=FEES.ref))
    await posted(database, refund(uuid4(), 100, of=paid.header.id, source=FEES.ref, to=mine.ref))
    assert (await balance(database, mine), await balance(database, FEES)) == (Balance(300), Balance(200))


async def test_a_correction_is_the_opposite_with_a_reason_and_is_made_once(database: Ledger) -> None:
    mine = await funded(database, 500)
    mistake = await posted(database, transfer(uuid4(), 300, source=mine.ref, to=FEES.ref))
    id_ = uuid4()

    async def correct(transaction_id: UUID) -> PostedTransaction:
        async with database.writing() as unit:
            return await correct_transaction(
                unit, mistake.header.id, transaction_id=transaction_id, reason="wrong account", now=NOON
            )

    mended = await correct(id_)
    assert await correct(id_) == mended
    with pytest.raises(NotCorrectable):
        await correct(uuid4())
    assert (mended.header.related_id, mended.header.reason) == (mistake.header.id, "wrong account")
    assert (await balance(database, mine), await balance(database, FEES)) == (Balance(500), Balance(0))
    assert [entry.posting.available_change for entry in await entries(database, FEES)] in ([300, -300], [-300, 300])


async def test_the_balance_at_any_past_moment_is_known(database: Ledger) -> None:
    mine, yours = await funded(database, 500), await funded(database, 0)
    for seconds in (10, 20, 20):
        await posted(database, transfer(uuid4(), 100, source=mine.ref, to=yours.ref), NOON + seconds)
    for seconds, mine_then, yours_then in ((-1, None, None), (0, 500, None), (10, 400, 100), (25, 200, 300)):
        async with database.reading() as unit:
            then = await unit.ledger_accounts.balances_at([mine.id, yours.id], microseconds(NOON + seconds))
        assert [None if (one := then.get(each.id)) is None else one.available for each in (mine, yours)] == [
            mine_then,
            yours_then,
        ]


async def test_an_account_s_postings_are_in_the_order_of_their_times_even_if_the_clock_is_set_back(
    database: Ledger,
) -> None:
    mine = await funded(database, 500)
    yesterday = microseconds(NOON - 86400)
    late = deposit(uuid4(), 1, to=mine.ref, source=outside(mine).ref, occurred_at_us=yesterday)
    recorded = await posted(database, late, NOON - 3600)
    assert (recorded.header.recorded_at_us, recorded.header.occurred_at_us) == (microseconds(NOON) + 1, yesterday)


async def test_each_posting_has_the_next_version_the_balance_and_a_hash_after_the_one_before(database: Ledger) -> None:
    mine = await funded(database, 500)
    for _ in range(3):
        await posted(database, withdrawal(uuid4(), 100, source=mine.ref, to=outside(mine).ref), NOON)
    chain = sorted(await entries(database, mine), key=lambda entry: entry.posting.version)
    assert [entry.posting.version for entry in chain] == [1, 2, 3, 4]
    assert [entry.posting.balance.available for entry in chain] == [500, 400, 300, 200]
    before = GENESIS
    for entry in chain:
        assert entry.posting.hash == entry.posting.hash_after(before, entry.header)
        before = entry.posting.hash
    head = await state(database, mine)
    assert (head.version, head.hash, head.changed_at_us) == (4, before, microseconds(NOON) + 3)


async def test_entries_come_newest_first_in_pages_that_miss_and_repeat_nothing(database: Ledger) -> None:
    mine, yours = await funded(database, 500), await funded(database, 0)
    others = [await funded(database, 1) for _ in range(6)]  # six entries of one moment
    for number in range(8):
        await posted(database, transfer(uuid4(), 1, source=mine.ref, to=yours.ref), NOON + number // 3)
    everything = await entries(database, mine, yours, *others)
    assert len(everything) == 23
    assert everything == sorted(everything, key=EntryPosition.of, reverse=True)
    versions = [entry.posting.version for entry in everything if entry.posting.account_id == mine.id]
    assert versions == sorted(versions, reverse=True)
    read: list[Entry] = []
    position = None
    while True:
        async with database.reading() as unit:
            page = await unit.journal.list_entries([each.id for each in (mine, yours, *others)], position, 3)
        if not page:
            break
        read += page
        position = EntryPosition.of(page[-1])
    assert read == everything


def test_the_references_of_house_and_external_accounts_need_no_look_up() -> None:
    mine = account()
    assert mine.owner_id is not None
    assert external_ref(mine.owner_id, "USD") == outside(mine).ref
    assert house_ref("fees", "USD") == FEES.ref
    assert len({outside(mine).id, FEES.id, house_ref("fees", "BTC").id, external_ref(mine.owner_id, "BTC").id}) == 4


async def test_a_user_with_funds_cannot_be_deleted_and_the_entries_of_one_without_stay(
    database: Database[AllRepositories],
) -> None:
    ada = user("Ada")
    mine = account(owner_id=ada.id)
    await opened(database, mine, outside(mine))
    started = session(ada)
    async with database.writing() as unit:
        await unit.users.add(ada)
        await unit.sessions.add(started)
    hasher, clock = FakePasswordHasher(), FakeClock()
    verify = VerifyOwnPassword(database=database, hasher=hasher, clock=clock, meter=FakeIdentityMeter())
    delete = DeleteAccount(database=database, verify=verify, clock=clock)
    caller = Caller(ada, ALL_SCOPES, session_id=started.id, password_at=clock.now())
    await posted(database, deposit(uuid4(), 5, to=mine.ref, source=outside(mine).ref))
    made = await posted(database, hold(uuid4(), 5, account=mine.ref))
    with pytest.raises(UserHasFunds, match="an order holds money in a wallet; cancel it, or wait until it ends"):
        await delete(caller=caller, password=None, address="192.0.2.1")
    await posted(database, release(uuid4(), await hold_of(database, made.header.id)))
    with pytest.raises(UserHasFunds, match="there is money in a wallet; withdraw it first"):
        await delete(caller=caller, password=None, address="192.0.2.1")
    await posted(database, withdrawal(uuid4(), 5, source=mine.ref, to=outside(mine).ref))
    await delete(caller=caller, password=None, address="192.0.2.1")
    async with database.reading() as unit:
        assert await unit.users.find_by_name("Ada") is None
        kept = await unit.ledger_accounts.list_of_owner(ada.id)
    assert [each.closed_at_us for each in kept] == [microseconds(NOON)] * 2
    assert len(await entries(database, mine)) == 4
    with pytest.raises(AccountClosed):
        await posted(database, deposit(uuid4(), 1, to=mine.ref, source=outside(mine).ref))
