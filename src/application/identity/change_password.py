"""Change one's own password."""

from dataclasses import replace
from uuid import UUID

from application.concurrency.keyed_lock import KeyedLock
from application.identity.guessing import MAX_KNOWN_ADDRESSES, add_failure, reject_guesses, report_lockouts
from application.identity.ports.identity_meter import IdentityMeter
from application.identity.ports.login_failures import Matching
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.attempt import Attempt
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials, NotAllowed, WrongPassword
from domain.identity.lockout import Lockout
from domain.identity.user import Password, User


class ChangePassword:
    """Ends the user's other sessions, and lifts lockouts. API keys stay valid.

    Guesses with a stolen session are limited as at a login: a session tries one password at a time.
    """

    def __init__(
        self, *, database: Database[IdentityRepositories], hasher: PasswordHasher, clock: Clock, meter: IdentityMeter
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._clock = clock
        self._meter = meter
        self._keyed_lock = KeyedLock()

    async def __call__(self, *, caller: Caller, old: Password, new: Password, address: str) -> None:
        """Change the password.

        Raises `NotAllowed` for an API key, `WrongPassword`, `InvalidCredentials` if the session or the account has just
        changed, `TooManyRequests` or `DatabaseUnavailable`.
        """
        user, session_id = caller.user, caller.session_id
        if session_id is None:
            raise NotAllowed("only a signed-in user may do this, not an API key")
        async with self._keyed_lock.hold(session_id.hex):
            attempt = Attempt(user.name.key, address, self._clock.now(), session_id)
            async with self._database.reading() as unit:
                await reject_guesses(unit, attempt, is_known=True)
            if not await self._hasher.verify(old, user.password_hash):
                await self._fail(user, session_id, address)
                raise WrongPassword("is not the current password")
        await self._save(user, await self._hasher.hash(new), session_id, address)

    async def _fail(self, user: User, session_id: UUID, address: str) -> None:
        attempt = Attempt(user.name.key, address, self._clock.now(), session_id)
        event = AuditEvent(AuditAction.CHANGE_PASSWORD, AuditOutcome.REFUSED, user.name, user.id, address, attempt.at)

        async def work(unit: IdentityRepositories) -> list[Lockout]:
            # Other processes may have reached the limit while this password was being verified.
            await reject_guesses(unit, attempt, is_known=True)
            begun = await add_failure(unit, attempt)
            await record_audit_event(unit, event)
            return begun

        report_lockouts(await self._database.write(work), attempt, self._meter)

    async def _save(self, user: User, password_hash: str, session_id: UUID, address: str) -> None:
        now = self._clock.now()

        async def work(unit: IdentityRepositories) -> None:
            found = await unit.users.find_by_name(user.name, for_change=True)
            if found != user or await unit.sessions.find(session_id) is None:
                raise InvalidCredentials("the account or the session has just changed")
            await unit.users.save(replace(user, password_hash=password_hash))
            await unit.sessions.delete_all_of(user.id, except_for=session_id)
            await unit.known_addresses.add(user.id, address, now, MAX_KNOWN_ADDRESSES)
            await unit.login_failures.delete(Matching(account=user.name.key))
            await record_audit_event(unit, AuditEvent.done(AuditAction.CHANGE_PASSWORD, user, address, now))

        await self._database.write(work)
