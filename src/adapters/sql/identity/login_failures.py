"""Wrong passwords in the table `login_failures`, shared by all processes and kept across restarts."""

import math
from dataclasses import fields

from sqlalchemy import ColumnElement, and_, delete, func, insert, select

from adapters.sql.identity.tables import LOGIN_FAILURES, USERS
from adapters.sql.transaction import InTransaction
from application.identity.ports.login_failures import LoginFailures, Matching
from domain.identity.attempt import Attempt

_C = LOGIN_FAILURES.c


class SqlLoginFailures(InTransaction, LoginFailures):
    """One row per failure. Callers prune with each new one, so the table stays short."""

    async def add(self, attempt: Attempt) -> None:
        """Insert a failure."""
        row = {
            "account": attempt.account,
            "address": attempt.address,
            "network": attempt.network,
            "at": attempt.at,
            "session_id": attempt.session_id,
        }
        await self._connection.execute(insert(LOGIN_FAILURES), row)

    async def list_times(self, matching: Matching, since: float, limit: int) -> list[float]:
        """Select the times of the latest failures."""
        query = select(_C.at).where(_is(matching), _C.at > since).order_by(_C.at.desc()).limit(limit)
        return list((await self._connection.execute(query)).scalars())

    async def list_of_users(self, since: float) -> list[Attempt]:
        """Select the failures at names of users."""
        of_users = select(LOGIN_FAILURES).join(USERS, USERS.c.name_key == _C.account).where(_C.at > since)
        found = await self._connection.execute(of_users.order_by(_C.at.desc(), _C.id.desc()))
        return [Attempt(row.account, row.address, row.at, row.session_id) for row in found]

    async def delete(self, matching: Matching, until: float = math.inf) -> int:
        """Delete failures."""
        which = _is(matching) if until == math.inf else and_(_is(matching), _C.at <= until)
        return (await self._connection.execute(delete(LOGIN_FAILURES).where(which))).rowcount

    async def prune(self, moment: float, keep: int) -> None:
        """Delete old failures, and those of the oldest ids: counting them would take time with every failure."""
        surplus = select(func.max(_C.id) - keep).scalar_subquery()
        await self._connection.execute(delete(LOGIN_FAILURES).where(_C.at <= moment))
        await self._connection.execute(delete(LOGIN_FAILURES).where(_C.id <= surplus))


def _is(matching: Matching) -> ColumnElement[bool]:
    values = {field.name: getattr(matching, field.name) for field in fields(matching)}
    return and_(*(_C[name] == value for name, value in values.items() if value is not None))
