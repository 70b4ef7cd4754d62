"""Wallets in the tables `wallets` and `wallet_currencies`."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.driver_statement import DriverStatement
from adapters.sql.transaction import InTransaction
from adapters.sql.wallets.tables import WALLET_CURRENCIES, WALLETS
from application.wallets.ports.wallets import Wallets
from domain.currency import Currency
from domain.wallets.errors import CurrencyAlreadyThere, WalletNameTaken
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName

_IS_KEPT = WALLETS.c.deleted_at.is_(None)
# Each deposit and withdrawal needs it.
_FIND_CURRENCY = DriverStatement(
    select(WALLET_CURRENCIES.c.id, WALLET_CURRENCIES.c.wallet_id, WALLET_CURRENCIES.c.code)
    .join(WALLETS, WALLETS.c.id == WALLET_CURRENCIES.c.wallet_id)
    .where(WALLET_CURRENCIES.c.id == bindparam("currency"), WALLETS.c.user_id == bindparam("user"), _IS_KEPT)
)

TAKEN = "a wallet has this name already"


class SqlWallets(InTransaction, Wallets):
    """A unique index over the wallets that are not deleted lets only one of two concurrent requests have a name."""

    async def add(self, wallet: Wallet) -> None:
        """Insert the wallet."""
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(WALLETS), _values(wallet))
        except IntegrityError as error:
            raise WalletNameTaken(TAKEN) from error

    async def save(self, wallet: Wallet) -> None:
        """Update the row."""
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(update(WALLETS).where(WALLETS.c.id == wallet.id).values(_values(wallet)))
        except IntegrityError as error:
            raise WalletNameTaken(TAKEN) from error

    async def find(self, user_id: UUID, wallet_id: UUID, *, for_change: bool = False) -> Wallet | None:
        """Select the wallet."""
        query = select(WALLETS).where(WALLETS.c.id == wallet_id, WALLETS.c.user_id == user_id, _IS_KEPT)
        if for_change:
            query = query.with_for_update(key_share=True)  # rows that only refer to the wallet need not wait
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _wallet_of(row)

    async def list_by_name(self, user_id: UUID, name: WalletName) -> list[Wallet]:
        """Select the wallets."""
        query = select(WALLETS).where(WALLETS.c.user_id == user_id, WALLETS.c.name_key == name.key)
        query = query.order_by(WALLETS.c.deleted_at.desc().nulls_first())
        return [_wallet_of(row) for row in await self._connection.execute(query)]

    async def list_by_user(self, user_id: UUID, *, even_deleted: bool = False) -> list[Wallet]:
        """Select the wallets."""
        query = select(WALLETS).where(WALLETS.c.user_id == user_id).order_by(WALLETS.c.created_at, WALLETS.c.id)
        rows = await self._connection.execute(query if even_deleted else query.where(_IS_KEPT))
        return [_wallet_of(row) for row in rows]

    async def add_currency(self, currency: WalletCurrency) -> None:
        """Insert the currency."""
        row = {"id": currency.id, "wallet_id": currency.wallet_id, "code": str(currency.code)}
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(WALLET_CURRENCIES), row)
        except IntegrityError as error:
            raise CurrencyAlreadyThere(f"the wallet has {currency.code} already") from error

    async def find_currency(self, user_id: UUID, currency_id: UUID) -> WalletCurrency | None:
        """Select the currency."""
        rows = await _FIND_CURRENCY.fetch(self._connection, {"currency": currency_id, "user": user_id})
        return next((WalletCurrency(id_, wallet_id, Currency(code)) for id_, wallet_id, code in rows), None)

    async def list_currencies(self, wallet_ids: Collection[UUID]) -> list[WalletCurrency]:
        """Select the currencies."""
        query = select(WALLET_CURRENCIES).where(WALLET_CURRENCIES.c.wallet_id.in_(wallet_ids))
        rows = await self._connection.execute(query.order_by(WALLET_CURRENCIES.c.code, WALLET_CURRENCIES.c.id))
        return [_currency_of(row) for row in rows]


def _values(wallet: Wallet) -> dict[str, object]:
    return {
        "id": wallet.id,
        "user_id": wallet.user_id,
        "name": str(wallet.name),
        "name_key": wallet.name.key,
        "created_at": wallet.created_at,
        "deleted_at": wallet.deleted_at,
    }


def _wallet_of(row: Row[*tuple[object, ...]]) -> Wallet:
    return Wallet(row.id, row.user_id, WalletName(row.name), row.created_at, row.deleted_at)


def _currency_of(row: Row[*tuple[object, ...]]) -> WalletCurrency:
    return WalletCurrency(row.id, row.wallet_id, Currency(row.code))
