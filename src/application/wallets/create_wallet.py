"""Create a wallet."""

from uuid import uuid4

from application.wallets.ports.repositories import WalletsRepositories
from domain.identity.errors import InvalidCredentials
from domain.identity.user import User
from domain.wallets.errors import TooManyWallets
from domain.wallets.wallet import MAX_WALLETS, MAX_WALLETS_EVER, Wallet, WalletName


async def create_wallet(unit: WalletsRepositories, user: User, name: WalletName, now: float) -> Wallet:
    """Store a new, empty wallet. Raises `WalletNameTaken` and `TooManyWallets`."""
    # Locks the user, so that concurrent requests cannot exceed the limit together.
    if await unit.users.find_by_name(user.name, for_change=True) is None:
        raise InvalidCredentials("the account no longer exists")
    wallets = await unit.wallets.list_by_user(user.id, even_deleted=True)
    if sum(each.deleted_at is None for each in wallets) >= MAX_WALLETS:
        raise TooManyWallets(f"a user may have {MAX_WALLETS} wallets")
    if len(wallets) >= MAX_WALLETS_EVER:
        raise TooManyWallets(f"a user may have {MAX_WALLETS_EVER} wallets in all, with the deleted ones")
    wallet = Wallet(uuid4(), user.id, name, now)
    await unit.wallets.add(wallet)
    return wallet
