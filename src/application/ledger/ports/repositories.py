"""The repositories of the ledger in a unit of work."""

from typing import Protocol

from application.ledger.ports.accounts import Accounts
from application.ledger.ports.holds import Holds
from application.ledger.ports.journal import Journal
from application.ledger.ports.stored_ledger import StoredLedger


class LedgerRepositories(Protocol):
    """The repositories of the ledger, in one transaction."""

    @property
    def ledger_accounts(self) -> Accounts:
        """The accounts, with their balances."""
        ...

    @property
    def journal(self) -> Journal:
        """The transactions."""
        ...

    @property
    def holds(self) -> Holds:
        """The holds."""
        ...

    @property
    def stored_ledger(self) -> StoredLedger:
        """The rows as they are stored, for verification."""
        ...
