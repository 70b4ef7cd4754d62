"""Set a user's password, from the command line."""

from dataclasses import replace

from application.identity.lock_user import lock_user
from application.identity.ports.login_failures import Matching
from application.identity.ports.password_hasher import PasswordHasher
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.errors import UnsuitablePassword
from domain.identity.new_password import reject_unsuitable
from domain.identity.revoked import Revoked
from domain.identity.user import Password, User, Username


class ResetPassword:
    """Sets the password, ends the user's sessions, deletes their API keys, and lifts lockouts."""

    def __init__(self, *, database: Database[IdentityRepositories], hasher: PasswordHasher, clock: Clock) -> None:
        self._database = database
        self._hasher = hasher
        self._clock = clock

    async def __call__(self, *, username: Username, password: Password, address: str) -> tuple[User, Revoked]:
        """Return the updated user and what was revoked.

        Raises `NoSuchObject`, `UnsuitablePassword`, `TooManyRequests` or `DatabaseUnavailable`.
        """
        reject_unsuitable(password, username)
        async with self._database.reading() as unit:
            before = await unit.users.find_by_name(username)
        if before is not None and await self._hasher.verify(password, before.password_hash):
            raise UnsuitablePassword("must differ from the current one")
        password_hash = await self._hasher.hash(password)

        async def work(unit: IdentityRepositories) -> tuple[User, Revoked]:
            user = replace(await lock_user(unit, username), password_hash=password_hash)
            await unit.users.save(user)
            sessions = await unit.sessions.delete_all_of(user.id)
            revoked = Revoked(sessions, await unit.api_keys.delete_all_of(user.id))
            await unit.known_addresses.delete_all_of(user.id)
            await unit.login_failures.delete(Matching(account=user.name.key))
            now = self._clock.now()
            event = AuditEvent.done(AuditAction.RESET_PASSWORD, user, address, now, str(revoked))
            await record_audit_event(unit, event)
            return user, revoked

        return await self._database.write(work)
