"""What the ledger sums to: how much of each asset is whose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from domain.ledger.account import AccountKind, Balance
from domain.ledger.asset import Asset

# The names of the house's accounts whose balances, negated, are what venues hold for us.
VENUE_ACCOUNTS = "venue:"

_NOTHING = Balance()


@dataclass(frozen=True, slots=True)
class KindTotal:
    """The number of accounts of one kind with one asset, and the sum of their balances."""

    accounts: int = 0
    balance: Balance = _NOTHING

    def plus(self, other: Self) -> Self:
        """Return the total of both."""
        mine, more = self.balance, other.balance
        balance = Balance(mine.available + more.available, mine.held + more.held)
        return type(self)(self.accounts + other.accounts, balance)


@dataclass(frozen=True, slots=True)
class AssetTotals:
    """The totals of one asset, for each kind of account that there is. All of them together sum to zero.

    `at_venues` is what venues hold for us, which the house's accounts contain with the opposite sign.
    """

    asset: Asset
    by_kind: Mapping[AccountKind, KindTotal]
    at_venues: int = 0

    @property
    def owed(self) -> int:
        """What we owe the users."""
        return self._of(AccountKind.USER)

    @property
    def owned(self) -> int:
        """What is the house's own, wherever it is."""
        return self._of(AccountKind.HOUSE) + self.at_venues

    @property
    def in_custody(self) -> int:
        """What came in from outside and has not gone out, so it must be there: owed and owned, less `at_venues`."""
        return -self._of(AccountKind.EXTERNAL)

    def _of(self, kind: AccountKind) -> int:
        return self.by_kind.get(kind, KindTotal()).balance.total
