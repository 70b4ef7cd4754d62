"""Delete a wallet that is empty."""

from dataclasses import replace
from uuid import UUID

from application.ledger.post_transaction import microseconds
from application.wallets.ports.repositories import WalletsRepositories
from application.wallets.rename_wallet import wallet_for_change
from domain.identity.user import User
from domain.wallets.errors import WalletNotEmpty


async def delete_wallet(unit: WalletsRepositories, user: User, wallet_id: UUID, now: float) -> None:
    """Delete one of the user's wallets; its entries stay. Raises `NoSuchObject` and `WalletNotEmpty`."""
    wallet = await wallet_for_change(unit, user, wallet_id)
    ids = [currency.id for currency in await unit.wallets.list_currencies([wallet.id])]
    accounts = await unit.ledger_accounts.lock(ids)
    funded = sorted(str(account.asset.code) for account in accounts.values() if account.balance.total)
    if funded:
        raise WalletNotEmpty(f"the wallet still has {', '.join(funded[:5])}")
    await unit.ledger_accounts.close(ids, microseconds(now))
    await unit.wallets.save(replace(wallet, deleted_at=now))
