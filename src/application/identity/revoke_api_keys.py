"""Delete API keys of a user."""

from uuid import UUID

from application.identity.by_admin import checked_admin
from application.identity.lock_user import lock_user
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller
from domain.identity.revoked import Revoked
from domain.identity.user import User


class RevokeApiKeys:
    """Deletes keys, which are then rejected immediately. `admin` is who does it for the user, if anybody."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def one(self, *, user: User, key_id: UUID, address: str, admin: Caller | None = None) -> None:
        """Delete a key of this user.

        Raises `NoSuchObject`, also for another user's key, `PasswordNeeded` or `DatabaseUnavailable`.
        """
        now = self._clock.now()
        detail = f"{key_id}{checked_admin(admin, now)}"
        event = AuditEvent.done(AuditAction.DELETE_KEY, user, address, now, detail)

        async def work(unit: IdentityRepositories) -> None:
            if not await unit.api_keys.delete(user.id, key_id):
                raise NoSuchObject("there is no such key")
            await record_audit_event(unit, event)

        await self._database.write(work)

    async def every(self, *, user: User, address: str, admin: Caller | None = None) -> Revoked:
        """Delete all keys of this user. Raises `PasswordNeeded` or `DatabaseUnavailable`."""
        now = self._clock.now()
        by_admin = checked_admin(admin, now)

        async def work(unit: IdentityRepositories) -> Revoked:
            await lock_user(unit, user.name)  # waits for a key that one of the sessions is making
            revoked = Revoked(api_keys=await unit.api_keys.delete_all_of(user.id))
            event = AuditEvent.done(AuditAction.DELETE_KEYS, user, address, now, f"{revoked}{by_admin}")
            await record_audit_event(unit, event)
            return revoked

        return await self._database.write(work)
