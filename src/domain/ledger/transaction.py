"""Transactions: movements on accounts that sum to zero per asset."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.ledger.account import AccountRef
from domain.ledger.asset import MAX_DIGITS, MAX_UNITS
from domain.ledger.errors import InvalidAmount, InvalidReason, UnbalancedTransaction
from domain.ledger.hold import Hold, Resolution

MAX_MOVEMENTS = 1000
MAX_REASON_LENGTH = 255


class TransactionKind(StrEnum):
    """What happened. `movements/` has a file for each."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"
    HOLD = "hold"
    RELEASE = "release"
    SETTLE = "settle"
    REFUND = "refund"
    TRADE = "trade"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Movement:
    """By how much one account's two balances change, in the asset's smallest unit."""

    account: AccountRef
    available: int
    held: int = 0

    @property
    def total(self) -> int:
        """The change of all that is in the account."""
        return self.available + self.held


@dataclass(frozen=True, slots=True)
class Transaction:
    """What shall be posted. Its `id` comes from the caller: posting it again changes nothing.

    `occurred_at_us` is when it happened, None for when it is recorded. `related_id` is the transaction that this one
    resolves, refunds or corrects. `opens` is a hold to begin, `resolves` one to end. Raises `UnbalancedTransaction`,
    `InvalidAmount` and `InvalidReason`.
    """

    id: UUID
    kind: TransactionKind
    movements: tuple[Movement, ...]
    occurred_at_us: int | None = None
    related_id: UUID | None = None
    reason: str = ""
    opens: Hold | None = None
    resolves: Resolution | None = None

    def __post_init__(self) -> None:
        _check_movements(self.movements)
        _check_held(self.movements, self.opens, self.resolves)
        check_reason(self.reason)

    @property
    def account_ids(self) -> list[UUID]:
        """The accounts in the order in which every transaction locks them, so that two never wait for each other."""
        return sorted(movement.account.id for movement in self.movements)


def check_reason(reason: str) -> None:
    """Raise `InvalidReason` for what cannot be a transaction's reason."""
    if len(reason) > MAX_REASON_LENGTH or not reason.isprintable():
        raise InvalidReason(f"must have at most {MAX_REASON_LENGTH} printable characters")


def checked_amount(units: int) -> int:
    """Return the amount of a movement. Raises `InvalidAmount` unless it is positive and has at most 38 digits."""
    if not 0 < units <= MAX_UNITS:
        raise InvalidAmount(f"must be more than 0 and have at most {MAX_DIGITS} digits")
    return units


def _check_movements(movements: tuple[Movement, ...]) -> None:
    if not 0 < len(movements) <= MAX_MOVEMENTS:
        raise UnbalancedTransaction(f"a transaction has 1 to {MAX_MOVEMENTS} movements")
    if len({movement.account.id for movement in movements}) < len(movements):
        raise UnbalancedTransaction("a transaction names each account once")
    sums: Counter[str] = Counter()
    for movement in movements:
        if not (movement.available or movement.held):
            raise UnbalancedTransaction("a movement changes something")
        if max(abs(movement.available), abs(movement.held)) > MAX_UNITS:
            raise InvalidAmount(f"must have at most {MAX_DIGITS} digits")
        sums[movement.account.asset] += movement.total
    if any(sums.values()):
        raise UnbalancedTransaction("the movements of an asset sum to zero")


def _check_held(movements: tuple[Movement, ...], opens: Hold | None, resolves: Resolution | None) -> None:
    """Check that what is held changes by the holds that begin and end, and by nothing else."""
    left = Counter({movement.account: movement.held for movement in movements})
    if opens is not None:
        left[opens.account] -= opens.amount
    if resolves is not None:
        left[resolves.hold.account] += resolves.hold.amount
    if any(left.values()):
        raise UnbalancedTransaction("what is held changes by holds only")
