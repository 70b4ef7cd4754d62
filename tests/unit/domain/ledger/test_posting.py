"""Whatever is posted in whatever order: nothing is lost or made, nobody is overdrawn, and the chain is whole."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CrossrateError
from domain.ledger.account import GENESIS, Account, AccountKind, AccountRef, Balance
from domain.ledger.asset import MAX_UNITS
from domain.ledger.errors import HoldResolved, InvalidAmount, InvalidReason, NotCorrectable, UnbalancedTransaction
from domain.ledger.hold import Hold
from domain.ledger.movements.correction import correction
from domain.ledger.movements.deposit import deposit
from domain.ledger.movements.hold import hold
from domain.ledger.movements.release import release
from domain.ledger.movements.settle import settle
from domain.ledger.movements.trade import trade
from domain.ledger.movements.transfer import transfer
from domain.ledger.movements.withdrawal import withdrawal
from domain.ledger.posted import PostedTransaction, post
from domain.ledger.posting import Entry, Header, Posting
from domain.ledger.transaction import Movement, Transaction, TransactionKind
from domain.ledger.verification import AccountCheck, StoredTransaction
from tests.unit.fakes.money import BTC, USD, account, outside

AMOUNTS = st.integers(1, 50) | st.integers(1, MAX_UNITS)


class Books:
    """A ledger in two dictionaries, for the domain alone."""

    def __init__(self) -> None:
        owned = [account(USD), account(USD), account(BTC)]
        self.users = [each.ref for each in owned]
        self.fees = Account.house("fees", USD)
        self.accounts = {each.id: each for each in (*owned, *map(outside, owned), self.fees)}
        self.outside = {each.id: outside(each).ref for each in owned}
        self.holds: dict[UUID, Hold] = {}
        self.posted: list[PostedTransaction] = []

    def post(self, transaction: Transaction, now_us: int) -> PostedTransaction:
        done = post(transaction, self.accounts, now_us)
        for posting in done.postings:
            self.accounts[posting.account_id] = replace(
                self.accounts[posting.account_id],
                balance=posting.balance,
                version=posting.version,
                hash=posting.hash,
                changed_at_us=done.header.recorded_at_us,
            )
        if done.opens is not None:
            self.holds[done.opens.id] = done.opens
        if done.resolves is not None:
            ended = replace(done.resolves.hold, outcome=done.resolves.outcome, resolved_by_id=done.header.id)
            self.holds[ended.id] = ended
        self.posted.append(done)
        return done

    def entries_of(self, id_: UUID) -> list[Entry]:
        entries = [Entry(each.header, posting) for each in self.posted for posting in each.postings]
        return [entry for entry in entries if entry.posting.account_id == id_]


@st.composite
def wishes(draw: st.DrawFn) -> tuple[str, int, int, int]:
    """A kind of movement, whose account, how much, and which hold or transaction."""
    kinds = st.sampled_from(["deposit", "withdrawal", "transfer", "hold", "release", "settle", "correction"])
    return draw(kinds), draw(st.integers(0, 2)), draw(AMOUNTS), draw(st.integers(0, 10))


def transaction_of(books: Books, wish: tuple[str, int, int, int]) -> Transaction | None:
    kind, whose, amount, which = wish
    mine, other = books.users[whose], books.users[1 - whose % 2]
    if (kind in {"release", "settle"} and not books.holds) or (kind == "correction" and not books.posted):
        return None
    holds = [*books.holds.values()]
    makers: dict[str, Callable[[], Transaction]] = {
        "deposit": lambda: deposit(uuid4(), amount, to=mine, source=books.outside[mine.id]),
        "withdrawal": lambda: withdrawal(uuid4(), amount, source=mine, to=books.outside[mine.id]),
        "transfer": lambda: transfer(uuid4(), amount, source=mine, to=other),
        "hold": lambda: hold(uuid4(), amount, account=mine, expires_at_us=which or None),
        "release": lambda: release(uuid4(), holds[which % len(holds)]),
        "settle": lambda: settle(uuid4(), holds[which % len(holds)], [(books.fees.ref, amount)]),
        "correction": lambda: correction(uuid4(), books.posted[which % len(books.posted)], reason="a mistake"),
    }
    return makers[kind]()


@given(st.lists(wishes(), max_size=40))
def test_nothing_is_lost_or_made_and_nobody_is_overdrawn(asked: list[tuple[str, int, int, int]]) -> None:
    books = Books()
    for now_us, wish in enumerate(asked):
        before = dict(books.accounts)
        try:
            transaction = transaction_of(books, wish)
            if transaction is not None:
                books.post(transaction, now_us)
        except CrossrateError:
            assert books.accounts == before
    for asset in ("USD", "BTC"):
        assert sum(each.balance.total for each in books.accounts.values() if each.asset.code == asset) == 0
    for each in books.accounts.values():
        assert each.balance.held >= 0
        assert each.balance.available >= 0 or each.kind is not AccountKind.USER
        open_holds = sum(one.amount for one in books.holds.values() if one.outcome is None and one.account == each.ref)
        check = AccountCheck(each, open_holds)
        faults = [fault for entry in books.entries_of(each.id) for fault in check.follow(entry)]
        assert [*faults, *check.end()] == []
    for done in books.posted:
        changes = tuple((one.asset, one.available_change + one.held_change) for one in done.postings)
        assert [*StoredTransaction(done.header.id, len(changes), changes, frozenset()).faults()] == []


def test_the_hash_is_of_the_documented_bytes() -> None:
    header = Header(UUID(int=7), TransactionKind.TRANSFER, UUID(int=8), 1_500_000, 2_500_000, "für Ada")
    posting = Posting(UUID(int=9), "USD", 3, -5, 2, Balance(10, 4), b"")
    ids = [f"00000000-0000-0000-0000-00000000000{digit}" for digit in (9, 7, 8)]
    lines = [ids[0], "USD", "3", "-5", "2", "10", "4", ids[1], "transfer", ids[2], "1500000", "2500000", "für Ada"]
    before = bytes(range(32))
    assert (
        posting.hash_after(before, header)
        == sha256(b"crossrate ledger 1\n" + before + "\n".join(lines).encode()).digest()
    )
    first = posting.hash_after(GENESIS, replace(header, related_id=None))
    lines[9] = ""
    assert first == sha256(b"crossrate ledger 1\n" + bytes(32) + "\n".join(lines).encode()).digest()


@pytest.mark.parametrize("amount", [0, -1, MAX_UNITS + 1])
def test_an_amount_is_positive_and_has_at_most_38_digits(amount: int) -> None:
    mine = account()
    for make in (deposit, withdrawal, transfer):
        with pytest.raises(InvalidAmount):
            make(uuid4(), amount, to=mine.ref, source=outside(mine).ref)
    with pytest.raises(InvalidAmount):
        hold(uuid4(), amount, account=mine.ref)


def test_more_than_is_held_cannot_be_settled() -> None:
    mine = account()
    with pytest.raises(InvalidAmount):
        settle(uuid4(), Hold(uuid4(), mine.ref, 10), [(account().ref, 6), (account().ref, 5)])


MINE, YOURS = account().ref, account().ref


@pytest.mark.parametrize(
    "movements",
    [
        (),
        (Movement(MINE, 1),),
        (Movement(MINE, 1), Movement(YOURS, -2)),
        (Movement(MINE, 1), Movement(MINE, -1)),
        (Movement(MINE, 0), Movement(YOURS, 0)),
        (Movement(MINE, 1), Movement(AccountRef(YOURS.id, "BTC"), -1)),
        (Movement(MINE, -1, held=1),),  # which no hold begins
        tuple(Movement(account().ref, 1 if place % 2 else -1) for place in range(1002)),
    ],
)
def test_movements_that_are_no_transaction_are_refused(movements: tuple[Movement, ...]) -> None:
    with pytest.raises(UnbalancedTransaction):
        Transaction(uuid4(), TransactionKind.TRANSFER, movements)


@pytest.mark.parametrize("reason", ["x" * 256, "a\nb", "a\x00b"], ids=["long", "line", "null"])
def test_a_reason_is_short_and_printable(reason: str) -> None:
    mine = account()
    with pytest.raises(InvalidReason):
        deposit(uuid4(), 1, to=mine.ref, source=outside(mine).ref, reason=reason)


def test_what_was_held_is_not_corrected() -> None:
    books = Books()
    mine = books.users[0]
    books.post(deposit(uuid4(), 5, to=mine, source=books.outside[mine.id]), 0)
    made = books.post(hold(uuid4(), 5, account=mine), 0)
    with pytest.raises(NotCorrectable):
        correction(uuid4(), made, reason="a mistake")


def test_a_trade_is_not_corrected() -> None:
    books = Books()
    mine = books.users[0]
    made = books.post(trade(uuid4(), [Movement(mine, 5), Movement(books.outside[mine.id], -5)]), 0)
    with pytest.raises(NotCorrectable):
        correction(uuid4(), made, reason="a mistake")


def test_no_more_is_released_than_is_held() -> None:
    books = Books()
    with pytest.raises(HoldResolved):
        books.post(release(uuid4(), Hold(uuid4(), books.users[0], 5)), 0)
