"""Give a user another password, from the command line."""

from dataclasses import replace

from application.identity.lock_user import lock_user
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.user import Password, User, Username


class ResetPassword:
    """Ends the user's sessions as well. API keys stay valid: they are deleted one by one."""

    def __init__(self, *, database: Database[IdentityRepositories], hasher: PasswordHasher, clock: Clock) -> None:
        self._database = database
        self._hasher = hasher
        self._clock = clock

    async def __call__(self, *, username: Username, password: Password, address: str) -> User:
        """Return the user as changed. Raises `NoSuchObject`, `TooManyRequests` or `DatabaseUnavailable`."""
        password_hash = await self._hasher.hash(password)
        async with self._database.writing() as work:
            user = replace(await lock_user(work, username), password_hash=password_hash)
            await work.users.save(user)
            await work.sessions.delete_all_of(user.id)
            now = self._clock.now()
            event = AuditEvent(AuditAction.RESET_PASSWORD, AuditOutcome.DONE, user.name, user.id, address, now)
            await record_audit_event(work, event)
        return user
