"""Give a wallet another name."""

from dataclasses import replace
from uuid import UUID

from application.wallets.find_wallets import view_of
from application.wallets.ports.repositories import WalletsRepositories
from domain.errors import NoSuchObject
from domain.identity.user import User
from domain.wallets.wallet import Wallet, WalletName
from domain.wallets.wallet_view import WalletView


async def rename_wallet(unit: WalletsRepositories, user: User, wallet_id: UUID, name: WalletName) -> WalletView:
    """Rename one of the user's wallets. Raises `NoSuchObject` and `WalletNameTaken`."""
    renamed = replace(await wallet_for_change(unit, user, wallet_id), name=name)
    await unit.wallets.save(renamed)
    return await view_of(unit, renamed)


async def wallet_for_change(unit: WalletsRepositories, user: User, wallet_id: UUID) -> Wallet:
    """Lock one of the user's wallets. Raises `NoSuchObject`, also for a wallet of somebody else."""
    wallet = await unit.wallets.find(user.id, wallet_id, for_change=True)
    if wallet is None:
        raise NoSuchObject("there is no such wallet")
    return wallet
