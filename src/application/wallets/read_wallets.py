"""Read a user's wallets."""

from application.ports.database import Database
from application.wallets.find_wallets import find_wallet, list_wallets
from application.wallets.ports.repositories import WalletsRepositories
from domain.identity.user import User
from domain.wallets.wallet import WalletName
from domain.wallets.wallet_view import WalletView


class ReadWallets:
    """Returns wallets with what is in them, in one consistent view."""

    def __init__(self, database: Database[WalletsRepositories]) -> None:
        self._database = database

    async def all(self, user: User, at: int | None = None) -> list[WalletView]:
        """Return all of them, oldest first; with `at`, a Unix second, those there were then."""
        async with self._database.reading() as unit:
            return await list_wallets(unit, user.id, at)

    async def named(self, user: User, name: WalletName, at: int | None = None) -> WalletView:
        """Return the one with this name, now or then. Raises `NoSuchObject`."""
        async with self._database.reading() as unit:
            return await find_wallet(unit, user.id, name, at)
