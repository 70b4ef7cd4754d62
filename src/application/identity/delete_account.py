"""Delete the caller's account."""

from application.identity.lock_caller import lock_caller
from application.identity.ports.repositories import DeletionRepositories
from application.identity.record_audit_event import record_audit_event
from application.identity.verify_own_password import VerifyOwnPassword
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller
from domain.identity.user import Password


class DeleteAccount:
    """Deletes the account with its sessions and keys; its events in the audit log and its entries in the ledger stay.

    The ledger knows its owners by their ids only, so the entries then belong to an id that names nobody.
    """

    def __init__(self, *, database: Database[DeletionRepositories], verify: VerifyOwnPassword, clock: Clock) -> None:
        self._database = database
        self._verify = verify
        self._clock = clock

    async def __call__(self, *, caller: Caller, password: Password | None, address: str) -> None:
        """Delete the account, given its password now or within the last minutes.

        Raises `NotAllowed` for an API key, `PasswordNeeded`, `WrongPassword`, `InvalidCredentials` if the session or
        the account has just changed, `UserHasFunds`, `TooManyRequests` or `DatabaseUnavailable`.
        """
        if password is None:
            caller.require_recent_password(self._clock.now())
        else:
            await self._verify(caller=caller, password=password, address=address, action=AuditAction.DELETE_ACCOUNT)
        user, now = caller.user, self._clock.now()

        async def work(unit: DeletionRepositories) -> None:
            await lock_caller(unit, caller)
            # The user first: this waits for those who open something for them, and nobody can afterwards.
            await unit.users.delete(user.id)
            await unit.funds.close_all_of(user.id, now)
            await record_audit_event(unit, AuditEvent.done(AuditAction.DELETE_ACCOUNT, user, address, now))

        await self._database.write(work)
