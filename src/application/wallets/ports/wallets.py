"""The port to the repository of wallets."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from domain.wallets.wallet import Wallet, WalletCurrency, WalletName


class Wallets(Protocol):
    """The wallets and their currencies, in one unit of work. Every call may raise `DatabaseUnavailable`.

    Deleted wallets are found only where that is asked for.
    """

    async def add(self, wallet: Wallet) -> None:
        """Store a new wallet. Raises `WalletNameTaken`."""
        ...

    async def save(self, wallet: Wallet) -> None:
        """Store the wallet's new name or the time at which it was deleted. Raises `WalletNameTaken`."""
        ...

    async def find(self, user_id: UUID, wallet_id: UUID, *, for_change: bool = False) -> Wallet | None:
        """Return the user's wallet with this id; `for_change` locks it until the unit ends."""
        ...

    async def list_by_name(self, user_id: UUID, name: WalletName) -> list[Wallet]:
        """Return the user's wallets that have or had this name: first the one that is not deleted, then the others.

        These come with the last deleted one first.
        """
        ...

    async def list_by_user(self, user_id: UUID, *, even_deleted: bool = False) -> list[Wallet]:
        """Return the user's wallets, oldest first."""
        ...

    async def add_currency(self, currency: WalletCurrency) -> None:
        """Store a currency of a wallet. Raises `CurrencyAlreadyThere`."""
        ...

    async def find_currency(self, user_id: UUID, currency_id: UUID) -> WalletCurrency | None:
        """Return the currency with this id, of a wallet of the user that is not deleted."""
        ...

    async def list_currencies(self, wallet_ids: Collection[UUID]) -> list[WalletCurrency]:
        """Return the currencies of these wallets, by code."""
        ...
