"""Sums over all accounts, exact in both databases."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Column, ColumnElement, Select, String, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import BigInteger

from adapters.sql.ledger.rows import AnyRow
from adapters.sql.ledger.tables import ACCOUNTS, ASSETS
from domain.currency import Currency
from domain.ledger.account import AccountKind, Balance
from domain.ledger.asset import Asset
from domain.ledger.totals import VENUE_ACCOUNTS, AssetTotals, KindTotal

# SQLite has integers of 64 bits, so it adds up the 38 digits in pieces, whose sums have room for a billion accounts:
# where each piece begins in the text, its length, and what its last digit stands for.
_PIECES = ((2, 10, 10**28), (12, 10, 10**18), (22, 9, 10**9), (31, 9, 1))

_BY_BYTES = {"sqlite": "BINARY", "postgresql": "C"}


async def totals_of(connection: AsyncConnection, after: str | None, limit: int) -> list[AssetTotals]:
    """Return the totals of up to `limit` assets, in the order of their codes."""
    rows = (await connection.execute(_query(connection.dialect.name, after, limit))).all()
    return [_totals(list(of_asset)) for _, of_asset in groupby(rows, key=lambda row: row.code)]


def _query(dialect: str, after: str | None, limit: int) -> Select[*tuple[object, ...]]:
    code = ASSETS.c.code.collate(_BY_BYTES[dialect])
    page = select(ASSETS).where(code > (after or "")).order_by(code).limit(limit).subquery()
    sums = [*sums_of(ACCOUNTS.c.available, dialect), *sums_of(ACCOUNTS.c.held, dialect)]
    is_house = ACCOUNTS.c.kind == AccountKind.HOUSE.value
    is_venue = case((is_house & ACCOUNTS.c.name.startswith(VENUE_ACCOUNTS), 1), else_=0).label("is_venue")
    by = page.c.code, page.c.scale, ACCOUNTS.c.kind, is_venue
    return (
        select(*by, func.count(), *sums)
        .join(ACCOUNTS, ACCOUNTS.c.asset == page.c.code)
        .group_by(*by)
        .order_by(page.c.code.collate(_BY_BYTES[dialect]), ACCOUNTS.c.kind)
    )


def sums_of(amount: Column[int], dialect: str) -> list[ColumnElement[int]]:
    """Return the columns from which `whole` makes the sum of amounts."""
    if dialect != "sqlite":
        return [func.sum(amount)]
    text = cast(amount, String)
    sign = case((func.substr(text, 1, 1) == "-", -1), else_=1)
    return [func.sum(sign * cast(func.substr(text, start, length), BigInteger)) for start, length, _ in _PIECES]


def _totals(rows: Sequence[AnyRow]) -> AssetTotals:
    asset = Asset(Currency(rows[0].code), rows[0].scale)
    by_kind: dict[AccountKind, KindTotal] = {}
    for row in rows:
        kind = AccountKind(row.kind)
        by_kind[kind] = by_kind.get(kind, KindTotal()).plus(_total(row[4:]))
    at_venues = -sum(_total(row[4:]).balance.total for row in rows if row.is_venue)
    return AssetTotals(asset, by_kind, at_venues)


def _total(columns: Sequence[int]) -> KindTotal:
    accounts, *sums = columns
    half = len(sums) // 2
    return KindTotal(accounts, Balance(whole(sums[:half]), whole(sums[half:])))


def whole(pieces: Sequence[int]) -> int:
    """Return the sum that these columns hold."""
    if len(pieces) == 1:
        return int(pieces[0])
    return sum(piece * weight for piece, (_, _, weight) in zip(pieces, _PIECES, strict=True))
