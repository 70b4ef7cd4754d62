"""Delete the caller's account."""

from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller


class DeleteAccount:
    """Deletes the account with its sessions and keys; its events in the audit log stay."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, caller: Caller, address: str) -> None:
        """Delete the account. Raises `DatabaseUnavailable`."""
        user, now = caller.user, self._clock.now()

        async def work(unit: IdentityRepositories) -> None:
            await unit.users.delete(user.id)
            event = AuditEvent.done(AuditAction.DELETE_ACCOUNT, user, address, now)
            await record_audit_event(unit, event)

        await self._database.write(work)
