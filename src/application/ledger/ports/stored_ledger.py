"""The port to the ledger's rows as they are stored, for verification."""

from collections.abc import Collection
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.ledger.account import Account
from domain.ledger.posting import Entry
from domain.ledger.verification import StoredHold, StoredTransaction


class AccountWithHolds(NamedTuple):
    """An account, and the sum of its open holds at the same moment."""

    account: Account
    open_holds: int


class StoredLedger(Protocol):
    """Pages of the ledger's rows, in the order of their ids, in one unit of work.

    Every call may raise `DatabaseUnavailable`. `after` is the last id of the page before, None for the first page.
    """

    async def list_accounts(self, after: UUID | None, limit: int) -> list[AccountWithHolds]:
        """Return the next accounts."""
        ...

    async def list_postings(
        self, account_ids: Collection[UUID], after: tuple[UUID, int] | None, limit: int, newest: int | None
    ) -> list[Entry]:
        """Return the next postings of these accounts, after that account and version.

        With `newest`, only so many of each account, and the one before them.
        """
        ...

    async def list_transactions(self, after: UUID | None, limit: int) -> list[StoredTransaction]:
        """Return the next transactions."""
        ...

    async def list_holds(self, after: UUID | None, limit: int) -> list[StoredHold]:
        """Return the next holds."""
        ...
