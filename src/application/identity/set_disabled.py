"""Disable or enable a user, from the command line."""

from dataclasses import replace

from application.identity.lock_user import lock_user
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.user import User, Username


class SetDisabled:
    """Disabling invalidates a user's tokens and keys immediately; enabling makes only the keys valid again."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, *, username: Username, is_disabled: bool, address: str) -> User:
        """Return the updated user. Raises `NoSuchObject` or `DatabaseUnavailable`."""
        action = AuditAction.DISABLE if is_disabled else AuditAction.ENABLE

        async def work(unit: IdentityRepositories) -> User:
            user = replace(await lock_user(unit, username), is_disabled=is_disabled)
            await unit.users.save(user)
            await unit.sessions.delete_all_of(user.id)
            event = AuditEvent.done(action, user, address, self._clock.now())
            await record_audit_event(unit, event)
            return user

        return await self._database.write(work)
