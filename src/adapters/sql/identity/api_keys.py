"""API keys in the table `api_keys`."""

from uuid import UUID

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from adapters.sql.identity.tables import API_KEYS, USERS
from adapters.sql.identity.users import USER_COLUMNS, user_of
from adapters.sql.transaction import InTransaction
from application.identity.ports.api_keys import ApiKeys
from domain.identity.api_key import ApiKey, KeyName, Scope
from domain.identity.errors import InvalidCredentials
from domain.identity.user import User


class SqlApiKeys(InTransaction, ApiKeys):
    """Scopes are one column, separated by spaces as in OAuth."""

    async def add(self, key: ApiKey) -> None:
        """Insert the key."""
        row = {
            "id": key.id,
            "user_id": key.user_id,
            "name": str(key.name),
            "scopes": " ".join(sorted(key.scopes)),
            "secret_digest": key.secret_digest,
            "created_at": key.created_at,
            "expires_at": key.expires_at,
        }
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(API_KEYS), row)
        except IntegrityError as error:
            raise InvalidCredentials("the account no longer exists") from error

    async def find(self, key_id: UUID) -> tuple[ApiKey, User] | None:
        """Select a key and its owner in one query, because every request with a key needs both."""
        query = select(*API_KEYS.c, *USER_COLUMNS).join_from(API_KEYS, USERS).where(API_KEYS.c.id == key_id)
        row = (await self._connection.execute(query)).one_or_none()
        return (_key_of(row), user_of(row)) if row is not None else None

    async def list_by_user(self, user_id: UUID) -> list[ApiKey]:
        """Select the keys of the user."""
        of_user = select(API_KEYS).where(API_KEYS.c.user_id == user_id)
        found = await self._connection.execute(of_user.order_by(API_KEYS.c.created_at, API_KEYS.c.id))
        return [_key_of(row) for row in found]

    async def delete(self, user_id: UUID, key_id: UUID) -> bool:
        """Delete the key if it is this user's."""
        is_users = (API_KEYS.c.id == key_id) & (API_KEYS.c.user_id == user_id)
        done = await self._connection.execute(delete(API_KEYS).where(is_users))
        return done.rowcount == 1

    async def delete_all_of(self, user_id: UUID) -> int:
        """Delete the keys of the user."""
        return (await self._connection.execute(delete(API_KEYS).where(API_KEYS.c.user_id == user_id))).rowcount


def _key_of(row: Row[*tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        user_id=row.user_id,
        name=KeyName(row.name),
        scopes=frozenset(map(Scope, row.scopes.split())),
        secret_digest=row.secret_digest,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
