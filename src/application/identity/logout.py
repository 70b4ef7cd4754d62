"""End the caller's session."""

from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller


class Logout:
    """Ends a session, whose tokens are then rejected immediately."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, caller: Caller, address: str) -> None:
        """End the session; do nothing for an API key, which has none. Raises `DatabaseUnavailable`."""
        user, session_id, now = caller.user, caller.session_id, self._clock.now()
        if session_id is None:
            return

        async def work(unit: IdentityRepositories) -> None:
            await unit.sessions.delete(user.id, session_id)
            event = AuditEvent.done(AuditAction.LOGOUT, user, address, now)
            await record_audit_event(unit, event)

        await self._database.write(work)
