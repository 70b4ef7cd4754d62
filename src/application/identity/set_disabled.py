"""Disable or enable a user, from the command line."""

from dataclasses import replace

from application.identity.lock_user import lock_user
from application.identity.ports.repositories import IdentityRepositories
from application.identity.record_audit_event import record_audit_event
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.revoked import Revoked
from domain.identity.user import User, Username


class SetDisabled:
    """Disabling ends a user's sessions and deletes their keys; enabling brings back only keys that were kept."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(
        self, *, username: Username, is_disabled: bool, keeps_api_keys: bool = False, address: str
    ) -> tuple[User, Revoked]:
        """Return the updated user and what was revoked.

        A disabled user's keys that are kept are rejected until the user is enabled. Raises `NoSuchObject` or
        `DatabaseUnavailable`.
        """
        action = AuditAction.DISABLE if is_disabled else AuditAction.ENABLE

        async def work(unit: IdentityRepositories) -> tuple[User, Revoked]:
            user = replace(await lock_user(unit, username), is_disabled=is_disabled)
            await unit.users.save(user)
            sessions = await unit.sessions.delete_all_of(user.id) if is_disabled else 0
            keeps = keeps_api_keys or not is_disabled
            revoked = Revoked(sessions, 0 if keeps else await unit.api_keys.delete_all_of(user.id))
            event = AuditEvent.done(action, user, address, self._clock.now(), str(revoked))
            await record_audit_event(unit, event)
            return user, revoked

        return await self._database.write(work)
