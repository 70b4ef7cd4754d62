"""What a unit of work knows of the ledger that the database need not be asked for, or does not know yet."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.ledger.postgres import append_all_in_postgres
from domain.ledger.account import Account
from domain.ledger.posted import PostedTransaction


@dataclass(slots=True)
class UnitLedger:
    """`locked` are the accounts that the unit has locked, as they are now: nobody else changes them until it ends.

    `noted` are transactions that are part of that state, and still to be stored.
    """

    locked: dict[UUID, Account] = field(default_factory=dict)
    noted: list[PostedTransaction] = field(default_factory=list)
    is_gathering: bool = False

    async def store(self, connection: AsyncConnection) -> None:
        """Store what is noted. Raises `NotStored` if it cannot be, and then the unit must be rolled back."""
        if self.noted:
            noted, self.noted = self.noted, []
            await append_all_in_postgres(connection, noted)
