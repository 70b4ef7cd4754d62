"""List a user's sessions."""

from application.identity.ports.repositories import IdentityRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.session import Session
from domain.identity.user import User


class ListSessions:
    """Lists where a user is signed in."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, user: User) -> list[Session]:
        """Return the user's sessions that have not expired, the last used first. Raises `DatabaseUnavailable`."""
        now = self._clock.now()
        async with self._database.reading() as unit:
            sessions = await unit.sessions.list_by_user(user.id)
        open_ones = [session for session in sessions if session.expires_at > now]
        return sorted(open_ones, key=lambda session: session.last_used_at, reverse=True)
