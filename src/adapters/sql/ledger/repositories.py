"""The repositories of the ledger in a unit of work."""

from functools import cached_property

from adapters.sql.ledger.accounts import SqlAccounts
from adapters.sql.ledger.holds import SqlHolds
from adapters.sql.ledger.journal import SqlJournal
from adapters.sql.ledger.stored_ledger import SqlStoredLedger
from adapters.sql.ledger.unit_ledger import UnitLedger
from adapters.sql.transaction import InTransaction
from application.ledger.ports.accounts import Accounts
from application.ledger.ports.holds import Holds
from application.ledger.ports.journal import Journal
from application.ledger.ports.repositories import LedgerRepositories
from application.ledger.ports.stored_ledger import StoredLedger


class SqlLedgerRepositories(InTransaction, LedgerRepositories):
    """The repositories of the ledger, in one transaction."""

    @property
    def ledger_accounts(self) -> Accounts:
        """The accounts, with their balances."""
        return SqlAccounts(self._connection, self._ledger)

    @property
    def journal(self) -> Journal:
        """The transactions."""
        return SqlJournal(self._connection, self._ledger)

    @property
    def holds(self) -> Holds:
        """The holds."""
        return SqlHolds(self._connection, self._ledger)

    @property
    def stored_ledger(self) -> StoredLedger:
        """The rows as they are stored, for verification."""
        return SqlStoredLedger(self._connection)

    @cached_property
    def _ledger(self) -> UnitLedger:
        return UnitLedger()
