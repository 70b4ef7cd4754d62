"""What accepting an order depends on, read by one statement."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, bindparam, exists, func, literal_column, select

from adapters.sql.driver_statement import DriverStatement
from adapters.sql.ledger.tables import ASSETS
from adapters.sql.orders.clearing_assets import asset_of_row, lock_of
from adapters.sql.orders.tables import CLEARING_ASSETS, CLEARING_HALTS
from adapters.sql.transaction import InTransaction
from adapters.sql.wallets.tables import WALLET_CURRENCIES, WALLETS
from adapters.sql.webhooks.tables import WEBHOOKS
from application.orders.ports.intake import Intake, Payer
from domain.currency import Currency
from domain.ledger.asset import Asset
from domain.orders.sale import Sale
from domain.wallets.wallet import WalletName, asset_of

_BUY, _PAY_WITH = bindparam("buy", type_=String), bindparam("pay_with", type_=String)

_ALL: ColumnElement[str] = literal_column("''")


def _scale(code: ColumnElement[str]) -> ColumnElement[int]:
    return select(ASSETS.c.scale).where(ASSETS.c.code == code).scalar_subquery()


_IS_HALTED = exists().where(CLEARING_HALTS.c.asset.in_([_ALL, _BUY]))
_SALE = (*CLEARING_ASSETS.c, _IS_HALTED, *map(_scale, (_BUY, _PAY_WITH, CLEARING_ASSETS.c.clear_with)))
_FIND_SALE = DriverStatement(select(*_SALE).where(CLEARING_ASSETS.c.code == _BUY))


def _with_payer(*more: ColumnElement[Any]) -> Select[Any]:
    """Return a query for one row: the wallet with both currencies, then the sale; NULL for what there is not."""
    always = select(literal_column("1").label("one")).subquery()
    pays, receives = WALLET_CURRENCIES.alias("pays"), WALLET_CURRENCIES.alias("receives")
    is_wallet = (
        (WALLETS.c.user_id == bindparam("user_id"))
        & (WALLETS.c.name_key == bindparam("name_key"))
        & WALLETS.c.deleted_at.is_(None)
    )
    rows = (
        always.outerjoin(CLEARING_ASSETS, CLEARING_ASSETS.c.code == _BUY)
        .outerjoin(WALLETS, is_wallet)
        .outerjoin(pays, (pays.c.wallet_id == WALLETS.c.id) & (pays.c.code == _PAY_WITH))
        .outerjoin(receives, (receives.c.wallet_id == WALLETS.c.id) & (receives.c.code == _BUY))
    )
    has_webhooks = exists().where(WEBHOOKS.c.user_id == bindparam("user_id"), WEBHOOKS.c.disabled_at.is_(None))
    return select(WALLETS.c.id, pays.c.id, receives.c.id, has_webhooks, *_SALE, *more).select_from(rows)


# Orders share the lock, so an admin who is to change the asset waits until they are stored, or they wait.
_LOCK = func.pg_advisory_xact_lock_shared(bindparam("space"), bindparam("lock"))
_HOLD_SALE = DriverStatement(_with_payer(_LOCK), in_sqlite=_with_payer())


class SqlIntake(InTransaction, Intake):
    """A lock of its own, not that of the asset's row: that one would be written by every order."""

    async def sale(self, buy: Currency, pay_with: Currency) -> Sale | None:
        """Select the asset, with what else counts."""
        found = await _FIND_SALE.fetch(self._connection, {"buy": str(buy), "pay_with": str(pay_with)})
        return _sale_of(iter(found[0]), buy, pay_with) if found else None

    async def hold_sale(
        self, user_id: UUID, wallet: WalletName, buy: Currency, pay_with: Currency
    ) -> tuple[Sale | None, Payer | None]:
        """Select all in one row, and share the lock."""
        values = {"user_id": user_id, "name_key": wallet.key, "buy": str(buy), "pay_with": str(pay_with)}
        rows = await _HOLD_SALE.fetch(self._connection, values | lock_of(buy))
        wallet_id, pays_from, receives_in, has_webhooks, *sale = rows[0]
        payer = None if wallet_id is None else Payer(wallet_id, pays_from, receives_in, bool(has_webhooks))
        return (None if sale[0] is None else _sale_of(iter(sale), buy, pay_with)), payer


def _sale_of(row: Iterator[Any], buy: Currency, pay_with: Currency) -> Sale:
    asset = asset_of_row({column.name: next(row) for column in CLEARING_ASSETS.c})
    is_halted = bool(next(row))
    codes = (buy, pay_with, asset.clear_with)
    counted = [asset_of(code) if (scale := next(row)) is None else Asset(code, scale) for code in codes]
    return Sale(asset, is_halted, *counted)
