"""The port to the repository of the ledger's accounts and assets."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol
from uuid import UUID

from domain.ledger.account import Account, Balance
from domain.ledger.asset import Asset
from domain.ledger.totals import AssetTotals


class Accounts(Protocol):
    """The accounts, in one unit of work. None is ever deleted. Every call may raise `DatabaseUnavailable`."""

    async def open(self, account: Account) -> None:
        """Store a new, empty account and its asset; do nothing if both exist already.

        Raises `AccountExists` if the id belongs to another account, `AssetConflict` if the asset has another scale.
        """
        ...

    async def find_asset(self, code: str) -> Asset | None:
        """Return the asset with this ticker, None if the ledger has none."""
        ...

    async def find(self, account_ids: Collection[UUID]) -> dict[UUID, Account]:
        """Return those of these accounts that exist."""
        ...

    async def list_of_owner(self, owner_id: UUID) -> list[Account]:
        """Return all accounts of an owner, in the order of their ids."""
        ...

    async def list_totals(self, after: str | None, limit: int) -> list[AssetTotals]:
        """Return the totals of up to `limit` assets whose codes come after this one, in the order of code points."""
        ...

    async def lock(self, account_ids: Collection[UUID]) -> dict[UUID, Account]:
        """Return those of these accounts that exist, in a writing unit, and let nobody change them until it ends.

        Accounts are locked in the order of their ids, so that two units never wait for each other. A unit that locks
        accounts twice must lock all of them the first time.
        """
        ...

    async def close(self, account_ids: Iterable[UUID], now_us: int) -> None:
        """Close these accounts, which the unit has locked and seen empty: nothing more can be posted to them."""
        ...

    async def balances_at(self, account_ids: Collection[UUID], moment_us: int) -> Mapping[UUID, Balance]:
        """Return the balances after the last posting of each account that was recorded by this moment.

        An account without any is left out. One look-up in an index for each account.
        """
        ...
