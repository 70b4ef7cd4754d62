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

# Deliveries to webhooks in one transaction: a user can have made millions, and on SQLite nobody else writes meanwhile.
MOST_IN_A_TRANSACTION = 1000


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
        await self._delete_deliveries(caller)

        async def work(unit: DeletionRepositories) -> None:
            await lock_caller(unit, caller)
            # The user first: this waits for those who open something for them, and nobody can afterwards.
            await unit.users.delete(user.id)
            await unit.funds.close_all_of(user.id, now)
            await record_audit_event(unit, AuditEvent.done(AuditAction.DELETE_ACCOUNT, user, address, now))

        await self._database.write(work)

    async def _delete_deliveries(self, caller: Caller) -> None:
        """Delete what would otherwise go with the user in one long transaction, unless the user cannot be deleted."""

        async def require_no_funds(unit: DeletionRepositories) -> None:
            await lock_caller(unit, caller)
            await unit.funds.require_none(caller.user.id)

        async def delete(unit: DeletionRepositories) -> int:
            await lock_caller(unit, caller)
            return await unit.deliveries.delete_of_user(caller.user.id, MOST_IN_A_TRANSACTION)

        await self._database.write(require_no_funds)
        while await self._database.write(delete) == MOST_IN_A_TRANSACTION:
            pass
