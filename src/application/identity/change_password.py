"""Change one's own password."""

from dataclasses import replace

from application.identity.guessing import MAX_KNOWN_ADDRESSES
from application.identity.lock_caller import lock_caller
from application.identity.ports.login_failures import Matching
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.identity.verify_own_password import VerifyOwnPassword
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller
from domain.identity.new_password import reject_unchanged, reject_unsuitable
from domain.identity.revoked import Revoked
from domain.identity.user import Password


class ChangePassword:
    """Ends the user's other sessions, deletes the API keys unless they are to be kept, and lifts lockouts."""

    def __init__(
        self,
        *,
        database: Database[IdentityRepositories],
        hasher: PasswordHasher,
        verify: VerifyOwnPassword,
        clock: Clock,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._verify = verify
        self._clock = clock

    async def __call__(
        self, *, caller: Caller, old: Password, new: Password, keeps_api_keys: bool = False, address: str
    ) -> Revoked:
        """Change the password; return what was revoked.

        Raises `NotAllowed` for an API key, `UnsuitablePassword`, `WrongPassword`, `InvalidCredentials` if the session
        or the account has just changed, `TooManyRequests` or `DatabaseUnavailable`.
        """
        reject_unchanged(new, old)
        reject_unsuitable(new, caller.user.name)
        await self._verify(caller=caller, password=old, address=address, action=AuditAction.CHANGE_PASSWORD)
        password_hash = await self._hasher.hash(new)
        user, session_id, now = caller.user, caller.own_session(), self._clock.now()

        async def work(unit: IdentityRepositories) -> Revoked:
            await lock_caller(unit, caller)
            await unit.users.save(replace(user, password_hash=password_hash))
            sessions = await unit.sessions.delete_all_of(user.id, except_for=session_id)
            revoked = Revoked(sessions, 0 if keeps_api_keys else await unit.api_keys.delete_all_of(user.id))
            await unit.known_addresses.delete_all_of(user.id)  # whoever knew the old password may be among them
            await unit.known_addresses.add(user.id, address, now, MAX_KNOWN_ADDRESSES)
            await unit.login_failures.delete(Matching(account=user.name.key))
            event = AuditEvent.done(AuditAction.CHANGE_PASSWORD, user, address, now, str(revoked))
            await record_audit_event(unit, event)
            return revoked

        return await self._database.write(work)
