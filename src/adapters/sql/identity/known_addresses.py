"""Addresses of successful logins in the table `known_addresses`."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, select, text

from adapters.sql.identity.tables import KNOWN_ADDRESSES, USERS
from adapters.sql.transaction import InTransaction
from application.identity.ports.known_addresses import KnownAddresses

_UPSERT = text(
    """
    INSERT INTO known_addresses (user_id, address, last_login_at) VALUES (:user_id, :address, :at)
    ON CONFLICT (user_id, address) DO UPDATE SET last_login_at = excluded.last_login_at
    """
).bindparams(bindparam("user_id", type_=Uuid))


class SqlKnownAddresses(InTransaction, KnownAddresses):
    """One row per user and address, a few per user."""

    async def add(self, user_id: UUID, address: str, at: float, keep: int) -> None:
        """Insert or update the row, and delete the oldest ones beyond `keep`."""
        await self._connection.execute(_UPSERT, {"user_id": user_id, "address": address, "at": at})
        columns = KNOWN_ADDRESSES.c
        of_user = columns.user_id == user_id
        latest = select(columns.address).where(of_user).order_by(columns.last_login_at.desc(), columns.address)
        is_surplus = columns.address.not_in(latest.limit(keep))
        await self._connection.execute(delete(KNOWN_ADDRESSES).where(of_user & is_surplus))

    async def is_known(self, account: str, address: str, since: float) -> bool:
        """Select by name, in one query whether or not there is such a user."""
        columns = KNOWN_ADDRESSES.c
        found = (
            select(columns.user_id)
            .join_from(USERS, KNOWN_ADDRESSES)
            .where(USERS.c.name_key == account, columns.address == address, columns.last_login_at > since)
        )
        return (await self._connection.execute(found)).first() is not None

    async def delete_all_of(self, user_id: UUID) -> None:
        """Delete every row of the user."""
        await self._connection.execute(delete(KNOWN_ADDRESSES).where(KNOWN_ADDRESSES.c.user_id == user_id))
