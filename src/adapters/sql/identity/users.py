"""Users in a table."""

from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.tables import USERS
from adapters.sql.transaction import InTransaction
from application.identity.ports.users import Users
from domain.identity.errors import UsernameTaken
from domain.identity.user import Role, User, Username

USER_COLUMNS = (
    USERS.c.id.label("owner_id"),
    USERS.c.name.label("owner_name"),
    USERS.c.role,
    USERS.c.password_hash,
    USERS.c.created_at.label("owner_created_at"),
    USERS.c.is_disabled,
)


class SqlUsers(InTransaction, Users):
    """Names are unique by an index, so that of two who register one at once, one gets it."""

    async def add(self, user: User) -> None:
        """Keep a new user."""
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
            raise UsernameTaken("this name is taken") from error

    async def save(self, user: User) -> None:
        """Replace what may change of a user."""
        changed = {
            "role": user.role.value,
            "password_hash": user.password_hash,
            "is_disabled": user.is_disabled,
        }
        await self._connection.execute(update(USERS).where(USERS.c.id == user.id).values(changed))

    async def remove(self, user_id: UUID) -> None:
        """Remove the user; the foreign keys take what is theirs along."""
        await self._connection.execute(delete(USERS).where(USERS.c.id == user_id))

    async def named(self, name: str, *, for_change: bool = False) -> User | None:
        """Return the user of this name. On SQLite nobody else writes in any case."""
        asked = select(*USER_COLUMNS).where(USERS.c.name_key == name.lower())
        if for_change:
            asked = asked.with_for_update(key_share=True)  # what only refers to the user need not wait
        row = (await self._connection.execute(asked)).one_or_none()
        return user_of(row) if row is not None else None

    async def listed(self) -> list[User]:
        """Return every user."""
        found = await self._connection.execute(select(*USER_COLUMNS).order_by(USERS.c.created_at, USERS.c.name_key))
        return [user_of(row) for row in found]


def user_of(row: Row[*tuple[object, ...]]) -> User:
    """Read a user from a row that has `USER_COLUMNS`."""
    return User(
        id=row.owner_id,
        name=Username(row.owner_name),
        role=Role(row.role),
        password_hash=row.password_hash,
        created_at=row.owner_created_at,
        is_disabled=row.is_disabled,
    )
