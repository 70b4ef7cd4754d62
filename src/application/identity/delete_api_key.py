"""Delete one of the caller's API keys."""

from uuid import UUID

from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller


class DeleteApiKey:
    """Deletes a key, which is then rejected immediately."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, caller: Caller, key_id: UUID, address: str) -> None:
        """Delete the key. Raises `NoSuchObject`, also for another user's key, or `DatabaseUnavailable`."""
        user, now = caller.user, self._clock.now()
        event = AuditEvent.done(AuditAction.DELETE_KEY, user, address, now, str(key_id))

        async def work(unit: IdentityRepositories) -> None:
            if not await unit.api_keys.delete(user.id, key_id):
                raise NoSuchObject("there is no such key")
            await record_audit_event(unit, event)

        await self._database.write(work)
