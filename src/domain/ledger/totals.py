"""What the ledger sums to: how much of each asset is whose."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.ledger.account import AccountKind, Balance
from domain.ledger.asset import Asset

_NOTHING = Balance()


@dataclass(frozen=True, slots=True)
class KindTotal:
    """The number of accounts of one kind with one asset, and the sum of their balances."""

    accounts: int = 0
    balance: Balance = _NOTHING


@dataclass(frozen=True, slots=True)
class AssetTotals:
    """The totals of one asset, for each kind of account that there is. All of them together sum to zero."""

    asset: Asset
    by_kind: Mapping[AccountKind, KindTotal]

    @property
    def owed(self) -> int:
        """What we owe the users."""
        return self._of(AccountKind.USER)

    @property
    def owned(self) -> int:
        """What is the house's own."""
        return self._of(AccountKind.HOUSE)

    @property
    def in_custody(self) -> int:
        """What came in from outside and has not gone out, so that it must be there: what is owed and what is owned."""
        return -self._of(AccountKind.EXTERNAL)

    def _of(self, kind: AccountKind) -> int:
        return self.by_kind.get(kind, KindTotal()).balance.total
