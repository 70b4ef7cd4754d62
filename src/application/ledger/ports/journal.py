"""The port to the ledger's journal."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.ledger.posted import PostedTransaction
from domain.ledger.posting import Entry


class EntryPosition(NamedTuple):
    """An entry's position in the order of the entries of several accounts: by time, then by ids."""

    recorded_at_us: int
    transaction_id: UUID
    account_id: UUID

    @classmethod
    def of(cls, entry: Entry) -> "EntryPosition":
        """Return the position of an entry."""
        return cls(entry.header.recorded_at_us, entry.header.id, entry.posting.account_id)


class Journal(Protocol):
    """The transactions, append-only, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def append(self, posted: PostedTransaction) -> bool:
        """Store a transaction whose accounts this unit has locked, and set their balances and its holds.

        Return False, and store nothing, if a transaction with this id exists. Raises `HoldResolved` if another
        transaction has resolved the hold.
        """
        ...

    def gathering(self) -> AbstractAsyncContextManager[None]:
        """While inside, `append` may return True for what is stored only on leaving, or before it is read in this unit.

        If it cannot be stored, the unit cannot be committed: leaving, or what stores it before, raises. Make each
        change again in a unit of its own, which tells whose id is taken. Do not commit a unit that an error has left.
        """
        ...

    async def find(self, transaction_id: UUID) -> PostedTransaction | None:
        """Return the transaction with its postings, without its holds; None if there is none."""
        ...

    async def find_correction(self, transaction_id: UUID) -> UUID | None:
        """Return the id of the transaction that corrects this one, None if there is none."""
        ...

    async def list_entries(
        self, account_ids: Collection[UUID], before: EntryPosition | None, limit: int
    ) -> list[Entry]:
        """Return up to `limit` entries of these accounts older than `before`, newest first."""
        ...
