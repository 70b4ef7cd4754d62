"""Delete the caller's account."""

from application.identity.ports.repositories import DeletionRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller


class DeleteAccount:
    """Deletes the account with its sessions and keys; its events in the audit log and its entries in the ledger stay.

    The ledger knows its owners by their ids only, so the entries then belong to an id that names nobody.
    """

    def __init__(self, *, database: Database[DeletionRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, caller: Caller, address: str) -> None:
        """Delete the account. Raises `UserHasFunds` and `DatabaseUnavailable`."""
        user, now = caller.user, self._clock.now()

        async def work(unit: DeletionRepositories) -> None:
            # The user first: this waits for those who open something for them, and nobody can afterwards.
            await unit.users.delete(user.id)
            await unit.funds.close_all_of(user.id, now)
            event = AuditEvent.done(AuditAction.DELETE_ACCOUNT, user, address, now)
            await record_audit_event(unit, event)

        await self._database.write(work)
