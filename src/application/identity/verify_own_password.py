"""Verify the password of a user who is signed in already."""

from application.concurrency.keyed_lock import KeyedLock
from application.identity.guessing import add_failure, reject_guesses, report_lockouts
from application.identity.ports.identity_meter import IdentityMeter
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.attempt import Attempt
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.caller import Caller
from domain.identity.errors import WrongPassword
from domain.identity.lockout import Lockout
from domain.identity.user import Password


class VerifyOwnPassword:
    """Guesses with a stolen session are limited as at a login: a session tries one password at a time."""

    def __init__(
        self, *, database: Database[IdentityRepositories], hasher: PasswordHasher, clock: Clock, meter: IdentityMeter
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._clock = clock
        self._meter = meter
        self._keyed_lock = KeyedLock()

    async def __call__(self, *, caller: Caller, password: Password, address: str, action: AuditAction) -> None:
        """Return if it is the caller's password; a wrong one is recorded as a refused `action`.

        Raises `NotAllowed` for an API key, `WrongPassword`, `TooManyRequests` or `DatabaseUnavailable`.
        """
        session_id = caller.own_session()
        async with self._keyed_lock.hold(session_id.hex):
            async with self._database.reading() as unit:
                await reject_guesses(unit, self._attempt(caller, address), is_known=True)
            if not await self._hasher.verify(password, caller.user.password_hash):
                await self._fail(caller, address, action)
                raise WrongPassword("is not the current password")

    def _attempt(self, caller: Caller, address: str) -> Attempt:
        return Attempt(caller.user.name.key, address, self._clock.now(), caller.own_session())

    async def _fail(self, caller: Caller, address: str, action: AuditAction) -> None:
        attempt, user = self._attempt(caller, address), caller.user
        event = AuditEvent(action, AuditOutcome.REFUSED, user.name, user.id, address, attempt.at)

        async def work(unit: IdentityRepositories) -> list[Lockout]:
            # Other processes may have reached the limit while this password was being verified.
            await reject_guesses(unit, attempt, is_known=True)
            begun = await add_failure(unit, attempt)
            await record_audit_event(unit, event)
            return begun

        report_lockouts(await self._database.write(work), attempt, self._meter)
