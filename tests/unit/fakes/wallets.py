"""Wallets in dictionaries."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from application.wallets.ports.wallets import Wallets
from domain.wallets.errors import CurrencyAlreadyThere, WalletNameTaken
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName


@dataclass
class WalletRows:
    """The wallets' rows."""

    wallets: dict[UUID, Wallet] = field(default_factory=dict)
    currencies: dict[UUID, WalletCurrency] = field(default_factory=dict)


class FakeWallets(Wallets):
    def __init__(self, rows: WalletRows) -> None:
        self._rows = rows

    async def add(self, wallet: Wallet) -> None:
        await self.save(wallet)

    async def save(self, wallet: Wallet) -> None:
        others = [each for each in self._kept(wallet.user_id) if each.id != wallet.id]
        if wallet.deleted_at is None and wallet.name.key in {each.name.key for each in others}:
            raise WalletNameTaken("a wallet has this name already")
        self._rows.wallets[wallet.id] = wallet

    async def find(self, user_id: UUID, wallet_id: UUID, *, for_change: bool = False) -> Wallet | None:  # noqa: ARG002 -- one writer
        return next((each for each in self._kept(user_id) if each.id == wallet_id), None)

    async def list_by_name(self, user_id: UUID, name: WalletName) -> list[Wallet]:
        named = [each for each in self._rows.wallets.values() if each.user_id == user_id and each.name.key == name.key]
        return sorted(named, key=lambda each: (each.deleted_at is not None, -(each.deleted_at or 0)))

    async def list_by_user(self, user_id: UUID, *, even_deleted: bool = False) -> list[Wallet]:
        owned = [each for each in self._rows.wallets.values() if each.user_id == user_id]
        found = [each for each in owned if even_deleted or each.deleted_at is None]
        return sorted(found, key=lambda each: (each.created_at, each.id))

    async def add_currency(self, currency: WalletCurrency) -> None:
        if currency.code in {each.code for each in await self.list_currencies([currency.wallet_id])}:
            raise CurrencyAlreadyThere(f"the wallet has {currency.code} already")
        self._rows.currencies[currency.id] = currency

    async def find_currency(self, user_id: UUID, currency_id: UUID) -> WalletCurrency | None:
        currency = self._rows.currencies.get(currency_id)
        return currency if currency and await self.find(user_id, currency.wallet_id) else None

    async def list_currencies(self, wallet_ids: Collection[UUID]) -> list[WalletCurrency]:
        found = [each for each in self._rows.currencies.values() if each.wallet_id in wallet_ids]
        return sorted(found, key=lambda each: (each.code, each.id))

    def _kept(self, user_id: UUID) -> list[Wallet]:
        return [each for each in self._rows.wallets.values() if each.user_id == user_id and each.deleted_at is None]
