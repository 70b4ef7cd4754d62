"""Failed logins in a table, so that all processes count together and a restart forgives nothing."""

from sqlalchemy import ColumnElement, delete, insert, select

from adapters.sql.tables import LOGIN_FAILURES
from adapters.sql.transaction import InTransaction
from application.identity.ports.login_failures import LoginFailures


class SqlLoginFailures(InTransaction, LoginFailures):
    """One row a failure; the window keeps the table short."""

    async def add(self, account: str, address: str, at: float) -> None:
        """Keep one."""
        await self._connection.execute(insert(LOGIN_FAILURES), {"account": account, "address": address, "at": at})

    async def of_account(self, account: str, since: float, limit: int) -> list[float]:
        """Return the latest at an account."""
        return await self._latest(LOGIN_FAILURES.c.account == account, since, limit)

    async def of_address(self, address: str, since: float, limit: int) -> list[float]:
        """Return the latest from an address."""
        return await self._latest(LOGIN_FAILURES.c.address == address, since, limit)

    async def forget(self, until: float) -> None:
        """Remove the old ones."""
        await self._connection.execute(delete(LOGIN_FAILURES).where(LOGIN_FAILURES.c.at <= until))

    async def _latest(self, which: ColumnElement[bool], since: float, limit: int) -> list[float]:
        at = LOGIN_FAILURES.c.at
        asked = select(at).where(which, at > since).order_by(at.desc()).limit(limit)
        return list((await self._connection.execute(asked)).scalars())
