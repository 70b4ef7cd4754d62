"""Sums over all orders, exact in both databases, and in one statement, so that they are of one moment."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Column, FromClause, Select, func, literal, or_, select, union_all

from adapters.sql.ledger.tables import HOLDS
from adapters.sql.ledger.totals import sums_of, whole
from adapters.sql.orders.tables import ORDERS, PARTS
from adapters.sql.transaction import InTransaction
from application.orders.ports.order_sums import OrderSums
from domain.currency import Currency
from domain.ledger.asset import Asset
from domain.orders.order import ENDED
from domain.orders.reconciliation import CurrencySums

_HAS_ENDED = ORDERS.c.status.in_([status.value for status in ENDED])
_OF_ORDER = PARTS.c.order_id == ORDERS.c.id
_HELD_FOR = (HOLDS.c.id == ORDERS.c.hold_id) & HOLDS.c.outcome.is_(None)


class SqlOrderSums(InTransaction, OrderSums):
    """One query over orders, their parts and their holds."""

    async def by_currency(self, newest: int | None = None) -> list[CurrencySums]:
        """Select every sum of every currency; with `newest`, by the indexes of open orders and of sequence numbers."""
        dialect = self._connection.dialect.name
        orders, parts, holds = ORDERS, ORDERS.join(PARTS, _OF_ORDER), ORDERS.join(HOLDS, _HELD_FOR)
        costs, paid = (ORDERS.c.cost, ORDERS.c.fee), (ORDERS.c.paid_cost, ORDERS.c.paid_fee)
        queries = [
            *(_sum("debits", 1, column, orders, dialect) for column in costs),
            *(_sum("refunded", 1, column, orders, dialect).where(_HAS_ENDED) for column in costs),
            *(_sum("refunded", -1, column, orders, dialect).where(_HAS_ENDED) for column in paid),
            *(_sum("settled", 1, column, parts, dialect) for column in (PARTS.c.cost, PARTS.c.fee)),
            _sum("pending", 1, HOLDS.c.amount, holds, dialect),
        ]
        if newest is not None:
            last = select(func.max(ORDERS.c.sequence)).scalar_subquery()
            is_meant = or_(ORDERS.c.hold_id.is_not(None), ORDERS.c.sequence > last - newest)
            queries = [query.where(is_meant) for query in queries]
        found: dict[Asset, CurrencySums] = {}
        for row in await self._connection.execute(union_all(*queries)):
            name, sign, code, scale, *pieces = list[Any](row)
            asset = Asset(Currency(code), scale)
            sums = found.setdefault(asset, CurrencySums(asset))
            found[asset] = replace(sums, **{name: getattr(sums, name) + sign * whole(pieces)})
        return sorted(found.values(), key=lambda sums: (sums.pay_with.code, sums.pay_with.scale))

    async def given_in(self, batch_ids: Collection[UUID]) -> Mapping[UUID, int]:
        """Select the parts' sums."""
        if not batch_ids:
            return {}
        pieces = sums_of(PARTS.c.amount, self._connection.dialect.name)
        query = select(PARTS.c.batch_id, *pieces).where(PARTS.c.batch_id.in_(batch_ids)).group_by(PARTS.c.batch_id)
        return {batch_id: whole(sums) for batch_id, *sums in await self._connection.execute(query)}


def _sum(name: str, sign: int, column: Column[int], source: FromClause, dialect: str) -> Select[*tuple[object, ...]]:
    by = ORDERS.c.pay_with, ORDERS.c.pay_with_scale
    pieces = [func.coalesce(piece, 0) for piece in sums_of(column, dialect)]
    return select(literal(name), literal(sign), *by, *pieces).select_from(source).group_by(*by)
