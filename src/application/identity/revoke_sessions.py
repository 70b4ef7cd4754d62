"""End sessions of a user, who lost a device or whose tokens were stolen."""

from uuid import UUID

from application.identity.by_admin import checked_admin
from application.identity.lock_user import lock_user
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller
from domain.identity.revoked import Revoked
from domain.identity.user import User


class RevokeSessions:
    """Ends sessions, whose tokens are then rejected immediately. `admin` is who does it for the user, if anybody."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def one(self, *, user: User, session_id: UUID, address: str, admin: Caller | None = None) -> None:
        """End a session of this user.

        Raises `NoSuchObject`, also for another user's session, `PasswordNeeded` or `DatabaseUnavailable`.
        """
        now = self._clock.now()
        detail = f"{session_id}{checked_admin(admin, now)}"
        event = AuditEvent.done(AuditAction.END_SESSION, user, address, now, detail)

        async def work(unit: IdentityRepositories) -> None:
            await lock_user(unit, user.name)  # waits for a key that one of the sessions is making
            if not await unit.sessions.delete(user.id, session_id):
                raise NoSuchObject("there is no such session")
            await record_audit_event(unit, event)

        await self._database.write(work)

    async def every(
        self, *, user: User, address: str, except_for: UUID | None = None, admin: Caller | None = None
    ) -> Revoked:
        """End all sessions of this user except for one. Raises `PasswordNeeded` or `DatabaseUnavailable`."""
        now = self._clock.now()
        by_admin = checked_admin(admin, now)

        async def work(unit: IdentityRepositories) -> Revoked:
            await lock_user(unit, user.name)  # waits for a key that one of the sessions is making
            revoked = Revoked(sessions=await unit.sessions.delete_all_of(user.id, except_for=except_for))
            event = AuditEvent.done(AuditAction.END_SESSIONS, user, address, now, f"{revoked}{by_admin}")
            await record_audit_event(unit, event)
            return revoked

        return await self._database.write(work)
