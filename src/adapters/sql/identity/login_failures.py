"""Wrong passwords in the table `login_failures`, shared by all processes and kept across restarts."""

from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select

from adapters.sql.identity.tables import LOGIN_FAILURES
from adapters.sql.transaction import InTransaction
from application.identity.ports.login_failures import LoginFailures


class SqlLoginFailures(InTransaction, LoginFailures):
    """One row per failure. Callers delete old ones with each new one, so the table stays short."""

    async def add(self, account: str, address: str, at: float, session_id: UUID | None = None) -> None:
        """Insert a failure."""
        row = {"account": account, "address": address, "at": at, "session_id": session_id}
        await self._connection.execute(insert(LOGIN_FAILURES), row)

    async def list_by_account(self, account: str, since: float, limit: int) -> list[float]:
        """Select the latest failures of an account."""
        return await self._latest(LOGIN_FAILURES.c.account == account, since, limit)

    async def list_by_address(self, address: str, since: float, limit: int) -> list[float]:
        """Select the latest failures from an address."""
        return await self._latest(LOGIN_FAILURES.c.address == address, since, limit)

    async def list_by_account_and_address(self, account: str, address: str, since: float, limit: int) -> list[float]:
        """Select the latest failures of an account from an address."""
        is_both = (LOGIN_FAILURES.c.account == account) & (LOGIN_FAILURES.c.address == address)
        return await self._latest(is_both, since, limit)

    async def list_by_session(self, account: str, session_id: UUID, since: float, limit: int) -> list[float]:
        """Select the latest failures in a session; by its account too, for which there is an index."""
        is_both = (LOGIN_FAILURES.c.account == account) & (LOGIN_FAILURES.c.session_id == session_id)
        return await self._latest(is_both, since, limit)

    async def delete_all_of(self, account: str) -> None:
        """Delete the failures of an account."""
        await self._connection.execute(delete(LOGIN_FAILURES).where(LOGIN_FAILURES.c.account == account))

    async def delete_older_than(self, moment: float) -> None:
        """Delete old failures."""
        await self._connection.execute(delete(LOGIN_FAILURES).where(LOGIN_FAILURES.c.at <= moment))

    async def _latest(self, which: ColumnElement[bool], since: float, limit: int) -> list[float]:
        at = LOGIN_FAILURES.c.at
        query = select(at).where(which, at > since).order_by(at.desc()).limit(limit)
        return list((await self._connection.execute(query)).scalars())
