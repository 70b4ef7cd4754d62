"""Lift lockouts, from the command line."""

from application.identity.lock_user import lock_user
from application.identity.ports.login_failures import Matching
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.attempt import Attempt
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.user import User, Username

# In the audit log, where an event is about an address and no user.
NOBODY = "-"


class Unlock:
    """Forgets wrong passwords, so that the right one is accepted at once. Users stay enabled or disabled."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def account(self, *, username: Username, address: str) -> User:
        """Lift what locks the user's account, from wherever. Raises `NoSuchObject` or `DatabaseUnavailable`."""

        async def work(unit: IdentityRepositories) -> User:
            user = await lock_user(unit, username)
            await unit.login_failures.delete(Matching(account=user.name.key))
            await record_audit_event(unit, AuditEvent.done(AuditAction.UNLOCK, user, address, self._clock.now()))
            return user

        return await self._database.write(work)

    async def address(self, *, unlocked: str, address: str) -> int:
        """Lift what locks an address and its network, for all accounts; return how many failures are forgotten.

        Raises `DatabaseUnavailable`.
        """
        now = self._clock.now()
        network = Attempt("", unlocked, now).network
        event = AuditEvent(AuditAction.UNLOCK, AuditOutcome.DONE, NOBODY, None, address, now, unlocked)

        async def work(unit: IdentityRepositories) -> int:
            forgotten = await unit.login_failures.delete(Matching(address=unlocked))
            if network is not None:
                forgotten += await unit.login_failures.delete(Matching(network=network))
            await record_audit_event(unit, event)
            return forgotten

        return await self._database.write(work)
