"""Sessions in the table `sessions`."""

from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.identity.tables import SESSIONS, USERS
from adapters.sql.identity.users import USER_COLUMNS, user_of
from adapters.sql.transaction import InTransaction
from application.identity.ports.sessions import Sessions
from domain.identity.errors import InvalidCredentials
from domain.identity.session import Session
from domain.identity.user import User


class SqlSessions(InTransaction, Sessions):
    """One row per session, updated by each refresh."""

    async def add(self, session: Session) -> None:
        """Insert the session."""
        row = {
            "id": session.id,
            "user_id": session.user_id,
            "generation": session.generation,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
            "refreshed_at": session.refreshed_at,
        }
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
        session = Session(
            id=row.id,
            user_id=row.user_id,
            generation=row.generation,
            created_at=row.created_at,
            expires_at=row.expires_at,
            refreshed_at=row.refreshed_at,
        )
        return session, user_of(row)

    async def advance(self, session_id: UUID, generation: int, refreshed_at: float, expires_at: float) -> bool:
        """Advance the generation; the condition of the update lets one of several concurrent attempts succeed."""
        is_current = (SESSIONS.c.id == session_id) & (SESSIONS.c.generation == generation)
        changed = {"generation": generation + 1, "refreshed_at": refreshed_at, "expires_at": expires_at}
        done = await self._connection.execute(update(SESSIONS).where(is_current).values(changed))
        return done.rowcount == 1

    async def delete(self, session_id: UUID) -> bool:
        """Delete the session."""
        done = await self._connection.execute(delete(SESSIONS).where(SESSIONS.c.id == session_id))
        return done.rowcount == 1

    async def delete_all_of(self, user_id: UUID, *, except_for: UUID | None = None) -> None:
        """Delete the sessions of the user."""
        of_user = delete(SESSIONS).where(SESSIONS.c.user_id == user_id)
        await self._connection.execute(of_user if except_for is None else of_user.where(SESSIONS.c.id != except_for))

    async def prune(self, user_id: UUID, now: float, keep: int) -> None:
        """Delete expired sessions, and the oldest beyond `keep`."""
        of_user = SESSIONS.c.user_id == user_id
        newest = select(SESSIONS.c.id).where(of_user).order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.id).limit(keep)
        is_surplus = (SESSIONS.c.expires_at <= now) | SESSIONS.c.id.not_in(newest)
        await self._connection.execute(delete(SESSIONS).where(of_user & is_surplus))
