"""What may be bought and what is halted, in the tables `clearing_assets` and `clearing_halts`."""

from builtins import list as list_of
from collections.abc import Mapping
from decimal import Decimal
from zlib import crc32

from sqlalchemy import RowMapping, Table, delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.orders.tables import CLEARING_ASSETS, CLEARING_HALTS
from adapters.sql.transaction import InTransaction
from application.orders.ports.clearing_assets import ClearingAssets, ClearingHalts
from domain.currency import Currency
from domain.decimals import plain
from domain.orders.clearing_asset import AfterWait, ClearingAsset, Halt, Rest

_Insert = sqlite.Insert | postgresql.Insert

# Among the advisory locks: "orders" on a telephone keypad.
_SPACE = 673377
_LOCK = text("SELECT pg_advisory_xact_lock(:space, :lock)")


def _insert(table: Table, dialect: str) -> _Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


class SqlClearingAssets(InTransaction, ClearingAssets):
    """A row for each asset; its venues are a text with commas."""

    async def list(self) -> list_of[ClearingAsset]:
        """Select all."""
        rows = await self._connection.execute(select(CLEARING_ASSETS).order_by(CLEARING_ASSETS.c.code))
        return [asset_of_row(row) for row in rows.mappings()]

    async def find(self, code: Currency, *, for_change: bool = False) -> ClearingAsset | None:
        """Select one. Postgres lets orders of it that are being accepted end first, and holds up others."""
        if for_change and self._connection.dialect.name == "postgresql":
            await self._connection.execute(_LOCK, lock_of(code))
        query = select(CLEARING_ASSETS).where(CLEARING_ASSETS.c.code == str(code))
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return None if row is None else asset_of_row(row)

    async def save(self, asset: ClearingAsset) -> None:
        """Insert or update the row."""
        row = {
            "code": str(asset.code),
            "clear_with": str(asset.clear_with),
            "threshold": plain(asset.threshold),
            "venues": ",".join(asset.venues),
            "after_wait": asset.after_wait.value,
            "max_wait_seconds": asset.max_wait_seconds,
            "rest": asset.rest.value,
            "takes_orders_when_halted": asset.takes_orders_when_halted,
        }
        add = _insert(CLEARING_ASSETS, self._connection.dialect.name)
        changed = {name: add.excluded[name] for name in row if name != "code"}
        await self._connection.execute(add.on_conflict_do_update(index_elements=["code"], set_=changed), row)

    async def note_resumed(self, code: Currency, at: float) -> None:
        """Update the row."""
        change = update(CLEARING_ASSETS).where(CLEARING_ASSETS.c.code == str(code)).values(resumed_at=at)
        await self._connection.execute(change)


class SqlClearingHalts(InTransaction, ClearingHalts):
    """A row for each halt."""

    async def all(self) -> Mapping[Currency | None, Halt]:
        """Select all."""
        rows = await self._connection.execute(select(CLEARING_HALTS))
        halts = [Halt(Currency(asset) if asset else None, reason, by, at) for asset, reason, by, at in rows]
        return {halt.asset: halt for halt in halts}

    async def add(self, halt: Halt) -> bool:
        """Insert the row, or nothing."""
        row = {"asset": str(halt.asset or ""), "reason": halt.reason, "by": halt.by, "at": halt.at}
        add = _insert(CLEARING_HALTS, self._connection.dialect.name).on_conflict_do_nothing()
        return (await self._connection.execute(add, row)).rowcount == 1

    async def remove(self, asset: Currency | None) -> bool:
        """Delete the row."""
        is_it = CLEARING_HALTS.c.asset == str(asset or "")
        return (await self._connection.execute(delete(CLEARING_HALTS).where(is_it))).rowcount == 1


def asset_of_row(row: Mapping[str, object] | RowMapping) -> ClearingAsset:
    """Return the terms that a row has."""
    return ClearingAsset(
        Currency(str(row["code"])),
        tuple(str(row["venues"]).split(",")),
        Currency(str(row["clear_with"])),
        Decimal(str(row["threshold"])),
        AfterWait(str(row["after_wait"])),
        float(str(row["max_wait_seconds"])),
        Rest(str(row["rest"])),
        bool(row["takes_orders_when_halted"]),
        float(str(row["resumed_at"])),
    )


def lock_of(asset: Currency) -> dict[str, int]:
    """Return the two numbers that stand for an asset among Postgres' advisory locks."""
    return {"space": _SPACE, "lock": crc32(asset.encode()) - 2**31}
