"""Users in the table `users`."""

from uuid import UUID

from sqlalchemy import Row, delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.identity.tables import USERS
from adapters.sql.transaction import InTransaction
from application.identity.ports.users import UserPosition, Users
from domain.currency import Currency
from domain.identity.errors import UsernameTaken
from domain.identity.user import Role, User, Username

USER_COLUMNS = (
    USERS.c.id.label("owner_id"),
    USERS.c.name.label("owner_name"),
    USERS.c.role,
    USERS.c.password_hash,
    USERS.c.created_at.label("owner_created_at"),
    USERS.c.is_disabled,
    USERS.c.default_to,
)


class SqlUsers(InTransaction, Users):
    """A unique index on names lets only one of two concurrent registrations succeed."""

    async def add(self, user: User) -> None:
        """Insert the user."""
        row = {
            "id": user.id,
            "name": str(user.name),
            "name_key": user.name.key,
            "role": user.role.value,
            "password_hash": user.password_hash,
            "is_disabled": user.is_disabled,
            "created_at": user.created_at,
        }
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(USERS), row)
        except IntegrityError as error:
            raise UsernameTaken("this username is taken") from error

    async def save(self, user: User) -> None:
        """Update the columns that may change."""
        changed = {
            "role": user.role.value,
            "password_hash": user.password_hash,
            "is_disabled": user.is_disabled,
        }
        await self._connection.execute(update(USERS).where(USERS.c.id == user.id).values(changed))

    async def set_default_to(self, user_id: UUID, code: Currency | None) -> None:
        """Update the column."""
        await self._connection.execute(update(USERS).where(USERS.c.id == user_id).values(default_to=code and str(code)))

    async def delete(self, user_id: UUID) -> None:
        """Delete the user; foreign keys cascade to sessions and keys."""
        await self._connection.execute(delete(USERS).where(USERS.c.id == user_id))

    async def find_by_name(self, name: str, *, for_change: bool = False) -> User | None:
        """Select the user. SQLite needs no lock, because it has one writer at a time."""
        query = select(*USER_COLUMNS).where(USERS.c.name_key == name.lower())
        if for_change:
            query = query.with_for_update(key_share=True)  # rows that only refer to the user need not wait
        row = (await self._connection.execute(query)).one_or_none()
        return user_of(row) if row is not None else None

    async def list_all(self) -> list[User]:
        """Select every user."""
        found = await self._connection.execute(select(*USER_COLUMNS).order_by(USERS.c.created_at, USERS.c.name_key))
        return [user_of(row) for row in found]

    async def list_page(self, after: UserPosition | None, limit: int) -> list[User]:
        """Select a page."""
        order = (USERS.c.created_at, USERS.c.id)
        query = select(*USER_COLUMNS).order_by(*order).limit(limit)
        found = await self._connection.execute(query if after is None else query.where(tuple_(*order) > after))
        return [user_of(row) for row in found]


def user_of(row: Row[*tuple[object, ...]]) -> User:
    """Return the user of a row with `USER_COLUMNS`."""
    return User(
        id=row.owner_id,
        name=Username(row.owner_name),
        role=Role(row.role),
        password_hash=row.password_hash,
        created_at=row.owner_created_at,
        is_disabled=row.is_disabled,
        default_to=None if row.default_to is None else Currency(row.default_to),
    )
