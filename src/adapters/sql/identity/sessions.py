"""Sessions in the table `sessions`."""

from dataclasses import asdict, fields
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.identity.tables import SESSIONS, USERS
from adapters.sql.identity.users import USER_COLUMNS, user_of
from adapters.sql.transaction import InTransaction
from application.identity.ports.sessions import Sessions
from domain.identity.errors import InvalidCredentials
from domain.identity.session import Session
from domain.identity.user import User

_COLUMNS = tuple(field.name for field in fields(Session))
_REFRESHED = ("generation", "refreshed_at", "expires_at", "address", "user_agent")


class SqlSessions(InTransaction, Sessions):
    """One row per session, updated by each refresh."""

    async def add(self, session: Session) -> None:
        """Insert the session."""
        row = asdict(session)
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(SESSIONS), row)
        except IntegrityError as error:
            raise InvalidCredentials("the account no longer exists") from error

    async def find(self, session_id: UUID) -> tuple[Session, User] | None:
        """Select a session and its user in one query, because every request with a token needs both."""
        query = select(*SESSIONS.c, *USER_COLUMNS).join_from(SESSIONS, USERS).where(SESSIONS.c.id == session_id)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        return _session_of(row), user_of(row)

    async def list_by_user(self, user_id: UUID) -> list[Session]:
        """Select the sessions of the user."""
        found = await self._connection.execute(select(SESSIONS).where(SESSIONS.c.user_id == user_id))
        return [_session_of(row) for row in found]

    async def advance(self, to: Session) -> bool:
        """Advance the generation; the condition of the update lets one of several concurrent attempts succeed."""
        is_current = (SESSIONS.c.id == to.id) & (SESSIONS.c.generation == to.generation - 1)
        changed = {name: getattr(to, name) for name in _REFRESHED}
        done = await self._connection.execute(update(SESSIONS).where(is_current).values(changed))
        return done.rowcount == 1

    async def note_password(self, session_id: UUID, at: float) -> None:
        """Update the time."""
        await self._connection.execute(update(SESSIONS).where(SESSIONS.c.id == session_id).values(password_at=at))

    async def delete(self, user_id: UUID, session_id: UUID) -> bool:
        """Delete the session if it is this user's."""
        is_users = (SESSIONS.c.id == session_id) & (SESSIONS.c.user_id == user_id)
        done = await self._connection.execute(delete(SESSIONS).where(is_users))
        return done.rowcount == 1

    async def delete_all_of(self, user_id: UUID, *, except_for: UUID | None = None) -> int:
        """Delete the sessions of the user."""
        of_user = delete(SESSIONS).where(SESSIONS.c.user_id == user_id)
        which = of_user if except_for is None else of_user.where(SESSIONS.c.id != except_for)
        return (await self._connection.execute(which)).rowcount

    async def prune(self, user_id: UUID, now: float, keep: int) -> None:
        """Delete expired sessions, and the oldest beyond `keep`."""
        of_user = SESSIONS.c.user_id == user_id
        newest = select(SESSIONS.c.id).where(of_user).order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.id).limit(keep)
        is_surplus = (SESSIONS.c.expires_at <= now) | SESSIONS.c.id.not_in(newest)
        await self._connection.execute(delete(SESSIONS).where(of_user & is_surplus))


def _session_of(row: Row[*tuple[object, ...]]) -> Session:
    return Session(**{name: getattr(row, name) for name in _COLUMNS})
