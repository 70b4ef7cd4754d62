"""What the ledger says about a user who is to be deleted."""

from collections.abc import Mapping
from uuid import UUID

from application.identity.ports.funds import Funds
from application.ledger.ports.repositories import LedgerRepositories
from application.ledger.post_transaction import microseconds
from domain.identity.errors import UserHasFunds
from domain.ledger.account import Account, AccountKind, Balance


class LedgerFunds(Funds):
    """The user's accounts in the ledger, which are closed and never deleted."""

    def __init__(self, unit: LedgerRepositories) -> None:
        self._unit = unit

    async def require_none(self, user_id: UUID) -> None:
        """Lock the accounts, to read what is in them now."""
        await self._locked_if_empty(user_id)

    async def close_all_of(self, user_id: UUID, now: float) -> None:
        """Lock the accounts, and close them if the user's own are empty."""
        locked = await self._locked_if_empty(user_id)
        await self._unit.ledger_accounts.close(locked, microseconds(now))

    async def _locked_if_empty(self, user_id: UUID) -> Mapping[UUID, Account]:
        accounts = self._unit.ledger_accounts
        locked = await accounts.lock([account.id for account in await accounts.list_of_owner(user_id)])
        balances = [account.balance for account in locked.values() if account.kind is AccountKind.USER]
        if any(balance.held for balance in balances):
            raise UserHasFunds("an order holds money in a wallet; cancel it, or wait until it ends")
        if any(balance != Balance() for balance in balances):
            raise UserHasFunds("there is money in a wallet; withdraw it first")
        return locked
