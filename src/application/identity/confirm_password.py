"""Give one's password again, for what takes a recent one."""

from application.identity.lock_caller import lock_caller
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.identity.verify_own_password import VerifyOwnPassword
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller
from domain.identity.session import RECENT_PASSWORD_SECONDS
from domain.identity.user import Password


class ConfirmPassword:
    """Afterwards `Caller.require_recent_password` lets this session through for some minutes, and no other one."""

    def __init__(self, *, database: Database[IdentityRepositories], verify: VerifyOwnPassword, clock: Clock) -> None:
        self._database = database
        self._verify = verify
        self._clock = clock

    async def __call__(self, *, caller: Caller, password: Password, address: str) -> float:
        """Return the Unix time until which the password counts as recent.

        Raises `NotAllowed` for an API key, `WrongPassword`, `InvalidCredentials` if the session or the account has just
        changed, `TooManyRequests` or `DatabaseUnavailable`.
        """
        await self._verify(caller=caller, password=password, address=address, action=AuditAction.CONFIRM_PASSWORD)
        now = self._clock.now()

        async def work(unit: IdentityRepositories) -> None:
            await lock_caller(unit, caller)
            await unit.sessions.note_password(caller.own_session(), now)
            await record_audit_event(unit, AuditEvent.done(AuditAction.CONFIRM_PASSWORD, caller.user, address, now))

        await self._database.write(work)
        return now + RECENT_PASSWORD_SECONDS
